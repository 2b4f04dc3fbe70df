"""What llhttp, strict as it is by default, makes of the bytes that one client sends."""

import httptools


class Stream:
    """The messages that were complete, in `messages`, and how it ended, in `end`: "open",
    "incomplete", "closed" or, of an error, its reason."""

    def __init__(self, data):
        self.messages = []
        self.end = "open"
        parser = self._parser = httptools.HttpRequestParser(self)
        try:
            while data and self.end != "closed":
                try:
                    parser.feed_data(data)
                    return
                except httptools.HttpParserUpgrade as upgrade:
                    # A server may ignore Upgrade (RFC 9110 §7.8), and goes on.
                    data = data[upgrade.args[0]:]
        except httptools.HttpParserError as error:
            if self.end != "closed":
                self.end = str(error)

    def on_message_begin(self):
        self._message = {"url": b"", "body": 0, "chunked": False, "headers": []}
        if self.end != "closed":
            self.end = "incomplete"

    def on_url(self, part):
        self._message["url"] += part

    def on_header(self, name, value):
        self._message["headers"].append((name, value))

    def on_headers_complete(self):
        parser, message = self._parser, self._message
        message["method"] = parser.get_method()
        message["version"] = parser.get_http_version()
        message["upgrade"] = parser.should_upgrade()
        message["persistent"] = parser.should_keep_alive()
        message["head"] = len(message["headers"])

    def on_chunk_header(self):
        self._message["chunked"] = True

    def on_body(self, part):
        self._message["body"] += len(part)

    def on_message_complete(self):
        # Behind the last message nothing is one: RFC 9112 §9.6. Behind CONNECT there is a tunnel.
        if self.end == "closed":
            return
        message = self._message
        message["headers"] = message["headers"][:message["head"]]
        self.messages.append(message)
        is_last = not message["persistent"] or message["method"] == b"CONNECT"
        self.end = "closed" if is_last else "open"
