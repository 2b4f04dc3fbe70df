#if TLS
// Programs for the clients' own interpreters and compilers. Each takes an address, the authorities'
// file, and perhaps a certificate and its key; asks for 20 IDs on one connection; and prints the
// version of TLS and `ok`. If it is refused, it ends with another status than 0.

enum TLSClientScript {
  /// Python's `http.client` and `ssl`.
  static let python = """
    import http.client, json, ssl, sys, urllib.parse
    url, authorities, *identity = sys.argv[1:]
    context = ssl.create_default_context(cafile=authorities)
    context.set_alpn_protocols(["http/1.1"])
    if identity:
        context.load_cert_chain(*identity)
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(
        place.hostname, place.port, context=context, timeout=30)
    connection.connect()
    socket = connection.sock
    def ask():
        connection.request("GET", "/id")
        return json.loads(connection.getresponse().read())["id"]
    ids = [ask() for _ in range(20)]
    assert ids == sorted(set(ids)), ids
    assert connection.sock is socket, "not one connection"
    assert socket.selected_alpn_protocol() == "http/1.1", socket.selected_alpn_protocol()
    print(socket.version(), "ok")
    """

  /// Python's `requests`.
  static let requests = """
    import requests, sys
    url, authorities, *identity = sys.argv[1:]
    with requests.Session() as session:
        session.verify, session.cert = authorities, tuple(identity) or None
        ids = [session.get(url + "/id").json()["id"] for _ in range(20)]
        assert ids == sorted(set(ids)), ids
        pools = session.get_adapter(url).poolmanager.pools
        connections = [pools[key].num_connections for key in pools.keys()]
        assert connections == [1], connections
    print("TLSv1.3 ok")
    """

  /// Node's `https`.
  static let node = """
    import fs from "node:fs";
    import https from "node:https";
    const [url, authorities, certificate, key] = process.argv.slice(1);
    const agent = new https.Agent({
      keepAlive: true, maxSockets: 1, ca: fs.readFileSync(authorities),
      cert: certificate && fs.readFileSync(certificate), key: key && fs.readFileSync(key),
    });
    const sockets = new Set();
    const ask = () => new Promise((resolve, reject) => {
      const request = https.get(url + "/id", { agent }, (response) => {
        let text = "";
        response.on("data", (part) => (text += part));
        response.on("end", () => resolve(text));
      });
      request.on("error", reject);
      request.on("socket", (socket) => sockets.add(socket));
    });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    if (new Set(answers).size !== 20) throw new Error("not unique");
    if (sockets.size !== 1) throw new Error(`${sockets.size} connections`);
    console.log([...sockets][0].getProtocol(), "ok");
    agent.destroy();
    """

  /// Go's `net/http`, which offers h2 as well.
  static let go = """
    package main

    import (
        "crypto/tls"
        "crypto/x509"
        "fmt"
        "io"
        "net/http"
        "os"
    )

    func check(err error) {
        if err != nil {
            fmt.Fprintln(os.Stderr, err)
            os.Exit(1)
        }
    }

    func main() {
        authorities, err := os.ReadFile(os.Args[2])
        check(err)
        pool := x509.NewCertPool()
        pool.AppendCertsFromPEM(authorities)
        config := &tls.Config{RootCAs: pool}
        if len(os.Args) > 4 {
            pair, err := tls.LoadX509KeyPair(os.Args[3], os.Args[4])
            check(err)
            config.Certificates = []tls.Certificate{pair}
        }
        transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
        client := &http.Client{Transport: transport}
        ids := map[string]bool{}
        for i := 0; i < 20; i++ {
            response, err := client.Get(os.Args[1] + "/id")
            check(err)
            text, err := io.ReadAll(response.Body)
            check(err)
            ids[string(text)] = true
            if response.ProtoMajor != 1 || response.TLS.NegotiatedProtocol != "http/1.1" {
                check(fmt.Errorf("%s", response.Proto))
            }
        }
        if len(ids) != 20 {
            check(fmt.Errorf("%d IDs", len(ids)))
        }
        fmt.Println("TLSv1.3 ok")
    }
    """

  /// OpenSSL's own client, of one version of TLS, which is the first argument.
  static let openssl = """
    version=$1 url=$2 authorities=$3 certificate=$4 key=$5
    output=$(
      printf 'GET /id HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' |
        openssl s_client -connect "${url#https://}" "-$version" -ign_eof -verify_return_error \
          -verify_hostname localhost -CAfile "$authorities" \
          ${key:+-cert "$certificate" -key "$key"} 2>&1
    )
    case $output in
      *'Verification: OK'*'"machine_id": 1}'*) printf '%s' "$output" | grep -o 'TLSv1[.][23]' | head -1 ;;
      *) printf '%s' "$output" >&2 && exit 1 ;;
    esac
    echo ok
    """
}
#endif
