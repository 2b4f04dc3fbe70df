import socket,sys
port,n=int(sys.argv[1]),int(sys.argv[2])
q=b"GET /id HTTP/1.1\r\nHost: 127.0.0.1:18401\r\nConnection: close\r\n\r\n"
for i in range(n):
    s=socket.create_connection(('127.0.0.1',port)); s.sendall(q)
    while s.recv(65536): pass
    s.close()
