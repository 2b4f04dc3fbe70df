// Programs for the clients' own interpreters. Each prints `ok` if all went as it must, and takes
// the port as its argument.

enum ClientScript {
  /// Python's `http.client`: one connection, every method, bodies of both framings.
  static let httpClient = """
    import http.client, json, sys
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
    connection.connect()
    socket = connection.sock
    def ask(method, path, **more):
        connection.request(method, path, **more)
        response = connection.getresponse()
        return response.status, response.read()
    ids = [json.loads(ask("GET", "/id")[1])["id"] for _ in range(100)]
    assert ids == sorted(set(ids)), ids
    assert ask("HEAD", "/id") == (200, b"")
    assert ask("HEAD", "/nothing") == (404, b"")
    assert ask("POST", "/id", body=b"x" * 65536)[0] == 405
    chunked = {"Transfer-Encoding": "chunked"}
    parts = iter([b"a", b"bc"])
    assert ask("PUT", "/id", body=parts, encode_chunked=True, headers=chunked)[0] == 405
    assert ask("GET", "/health") == (200, b"ok")
    assert connection.sock is socket, "not one connection"
    print("ok")
    """

  /// A session of Python's `requests`: all on the one connection of its pool.
  static let requests = """
    import requests, sys
    base = "http://127.0.0.1:" + sys.argv[1]
    with requests.Session() as session:
        ids = [session.get(base + "/id").json()["id"] for _ in range(100)]
        assert ids == sorted(set(ids)), ids
        assert session.get(base + "/id", params={"format": "string"}).json()["id"].isdigit()
        assert session.get(base + "/id", headers={"Accept": "text/plain"}).text.strip().isdigit()
        assert session.head(base + "/id").status_code == 200
        assert session.post(base + "/id", data={"a": 1}).status_code == 405
        assert session.post(base + "/id", data=iter([b"a", b"bc"])).status_code == 405
        assert session.get(base + "/nothing").json()["code"] == "not_found"
        pools = session.get_adapter(base).poolmanager.pools
        connections = [pools[key].num_connections for key in pools.keys()]
        assert connections == [1], connections
    print("ok")
    """

  /// Node's `fetch`: one after another, many at once, with a body of unknown length.
  static let fetch = """
    const base = `http://127.0.0.1:${process.argv[1]}`;
    const ids = new Set();
    for (let i = 0; i < 100; i++) {
      ids.add((await (await fetch(base + "/id?format=string")).json()).id);
    }
    if (ids.size !== 100) throw new Error("not unique");
    const health = () => fetch(base + "/health").then((response) => response.text());
    const texts = await Promise.all(Array.from({ length: 200 }, health));
    if (texts.some((text) => text !== "ok")) throw new Error("not ok");
    const body = new ReadableStream({
      start(stream) { stream.enqueue(new TextEncoder().encode("abc")); stream.close(); },
    });
    const post = await fetch(base + "/id", { method: "POST", body, duplex: "half" });
    if ((await post.json()).code !== "method_not_allowed") throw new Error("POST");
    const head = await fetch(base + "/id", { method: "HEAD" });
    if (head.status !== 200 || (await head.text()) !== "") throw new Error("HEAD");
    console.log("ok");
    """

  /// Node's `http.Agent`, which keeps its connections: 200 requests share four.
  static let agent = """
    import http from "node:http";
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    const target = { host: "127.0.0.1", port: process.argv[1], path: "/id", agent };
    const sockets = new Set();
    const ask = () => new Promise((resolve, reject) => {
      const request = http.get(target, (response) => {
        let text = "";
        response.on("data", (part) => (text += part));
        response.on("end", () => resolve(text));
      });
      request.on("error", reject);
      request.on("socket", (socket) => sockets.add(socket));
    });
    const answers = await Promise.all(Array.from({ length: 200 }, ask));
    if (new Set(answers).size !== 200) throw new Error("not unique");
    if (sockets.size !== 4) throw new Error(`${sockets.size} connections`);
    agent.destroy();
    console.log("ok");
    """
}
