"""The service of the peers as WSGI (`wsgi`) and ASGI (`asgi`) applications, without dependencies."""
import gzip
import time

LARGE = bytes(range(256)) * 8192
SMALL = b"hello\n"
JSON = b'{"items":[1,2.50,"three"],"total":1e2}'
PACKED = gzip.compress(LARGE[:65536], mtime=0)
ETAG = '"v1"'
TEXT = ("Content-Type", "text/plain; charset=utf-8")
BINARY = ("Content-Type", "application/octet-stream")


def events():
    for number in range(4):
        time.sleep(0.03)
        yield f"id: {number}\ndata: tick {number}\n\n".encode()


def chunks():
    for number in range(50):
        yield f"chunk {number}\n".encode() * (number + 1)


def fixed(path, headers):
    """Status, fields and body (bytes, or an iterator without a Content-Length) of a path without a request body."""
    if path == "/small":
        return "200 OK", [TEXT], SMALL
    if path == "/json":
        return "200 OK", [("Content-Type", "application/json")], JSON
    if path == "/large":
        return "200 OK", [BINARY], LARGE
    if path == "/empty":
        return "200 OK", [TEXT], b""
    if path == "/chunked":
        return "200 OK", [TEXT], chunks()
    if path == "/events":
        return "200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache")], events()
    if path == "/slow":
        time.sleep(0.25)
        return "200 OK", [TEXT], SMALL
    if path == "/no-content":
        return "204 No Content", [("X-Kept", "yes")], None
    if path == "/cached":
        fields = [("ETag", ETAG), ("Cache-Control", "max-age=60"), TEXT]
        if headers.get("if-none-match") == ETAG:
            return "304 Not Modified", fields[:2], None
        return "200 OK", fields, SMALL
    if path == "/range" and headers.get("range") == "bytes=10-19":
        fields = [BINARY, ("Content-Range", f"bytes 10-19/{len(LARGE)}"), ("Accept-Ranges", "bytes")]
        return "206 Partial Content", fields, LARGE[10:20]
    if path == "/redirect":
        return "302 Found", [("Location", "/small?from=redirect"), TEXT], b"moved\n"
    if path == "/cookies":
        cookies = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; HttpOnly"), ("Set-Cookie", "a=3")]
        return "200 OK", [("X-MiXeD", "CaSe"), *cookies, TEXT], SMALL
    if path == "/gzip":
        return "200 OK", [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"), BINARY], PACKED
    if path == "/many-fields":
        return "200 OK", [(f"X-Field-{number}", "v" * 60) for number in range(80)] + [TEXT], SMALL
    if path == "/latin1":
        return "200 OK", [("X-Name", "caf\xe9"), TEXT], SMALL
    if path == "/unauthorized":
        return "401 Unauthorized", [("WWW-Authenticate", 'Basic realm="x"')], b""
    if path == "/error":
        return "500 Internal Server Error", [TEXT], b"broken\n"
    if path == "/unusual":
        return "299 Fine By Me", [TEXT], SMALL
    return "404 Not Found", [TEXT], b"no such path\n"


def wsgi(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/reject":
        start_response("413 Content Too Large", [TEXT, ("Content-Length", "8")])
        return [b"too big\n"]
    if path == "/echo":
        body = environ["wsgi.input"].read()
        fields = [BINARY, ("X-Method", environ["REQUEST_METHOD"]), ("X-Query", environ["QUERY_STRING"])]
        start_response("200 OK", [*fields, ("Content-Length", str(len(body)))])
        return [body]
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    status, fields, body = fixed(path, headers)
    if isinstance(body, bytes):
        fields = [*fields, ("Content-Length", str(len(body)))]
    start_response(status, fields)
    if body is None or environ["REQUEST_METHOD"] == "HEAD":
        return []
    return [body] if isinstance(body, bytes) else body


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    path, method = scope["path"], scope["method"]
    headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
    if path == "/echo":
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status = "200 OK"
        fields = [BINARY, ("X-Method", method), ("X-Query", scope["query_string"].decode("latin1"))]
    elif path == "/reject":
        status, fields, body = "413 Content Too Large", [TEXT], b"too big\n"
    else:
        status, fields, body = fixed(path, headers)
    if isinstance(body, bytes):
        fields = [*fields, ("Content-Length", str(len(body)))]
    raw = [(name.encode("latin1"), value.encode("latin1")) for name, value in fields]
    await send({"type": "http.response.start", "status": int(status[:3]), "headers": raw})
    parts = [] if body is None or method == "HEAD" else [body] if isinstance(body, bytes) else body
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
