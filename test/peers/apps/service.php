<?php
// The service of the peers on PHP's built-in server, which closes every connection.
const SMALL = "hello\n";
const ETAG = '"v1"';
$text = 'Content-Type: text/plain; charset=utf-8';
$binary = 'Content-Type: application/octet-stream';
$large = str_repeat(implode('', array_map('chr', range(0, 255))), 8192);

function send(int $status, array $fields, string $body): void {
    http_response_code($status);
    foreach ($fields as $field) header($field, false);
    header('Content-Length: ' . strlen($body));
    echo $body;
}

header_remove('X-Powered-By');
ini_set('default_mimetype', '');
switch (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case '/small': send(200, [$text], SMALL); break;
    case '/json': send(200, ['Content-Type: application/json'], '{"items":[1,2.50,"three"],"total":1e2}'); break;
    case '/large': send(200, [$binary], $large); break;
    case '/empty': send(200, [$text], ''); break;
    case '/chunked':
        header($text);
        for ($i = 0; $i < 50; $i++) { echo str_repeat("chunk $i\n", $i + 1); flush(); }
        break;
    case '/events':
        header('Content-Type: text/event-stream');
        for ($i = 0; $i < 4; $i++) { usleep(30000); echo "id: $i\ndata: tick $i\n\n"; flush(); }
        break;
    case '/slow': usleep(250000); send(200, [$text], SMALL); break;
    case '/no-content': header('X-Kept: yes'); http_response_code(204); break;
    case '/cached':
        header('ETag: ' . ETAG);
        if (($_SERVER['HTTP_IF_NONE_MATCH'] ?? '') === ETAG) http_response_code(304);
        else send(200, [$text], SMALL);
        break;
    case '/range': send(206, [$binary, 'Content-Range: bytes 10-19/' . strlen($large)], substr($large, 10, 10)); break;
    case '/redirect': header('Location: /small?from=redirect'); send(302, [$text], "moved\n"); break;
    case '/cookies':
        send(200, ['X-MiXeD: CaSe', 'Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2; HttpOnly', 'Set-Cookie: a=3', $text], SMALL);
        break;
    case '/gzip': send(200, ['Content-Encoding: gzip', $binary], gzencode(substr($large, 0, 65536))); break;
    case '/many-fields':
        for ($i = 0; $i < 80; $i++) header("X-Field-$i: " . str_repeat('v', 60));
        send(200, [$text], SMALL);
        break;
    case '/latin1': send(200, ["X-Name: caf\xe9", $text], SMALL); break;
    case '/unauthorized': header('WWW-Authenticate: Basic realm="x"'); send(401, [$text], ''); break;
    case '/error': send(500, [$text], "broken\n"); break;
    case '/unusual': header('HTTP/1.1 299 Fine By Me'); send(299, [$text], SMALL); break;
    case '/reject': send(413, [$text, 'Connection: close'], "too big\n"); break;
    case '/echo':
        $query = $_SERVER['QUERY_STRING'] ?? '';
        send(200, [$binary, "X-Method: {$_SERVER['REQUEST_METHOD']}", "X-Query: $query"], file_get_contents('php://input'));
        break;
    default: send(404, [$text], "no such path\n");
}
