import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;

/** The service of the peers on Tomcat: PORT. Also serves HTTP/2 without TLS. */
public final class Service extends HttpServlet {
    private static final byte[] LARGE = new byte[2 * 1024 * 1024];
    private static final byte[] SMALL = "hello\n".getBytes(StandardCharsets.US_ASCII);
    private static final String TEXT = "text/plain;charset=utf-8";
    private static final String BINARY = "application/octet-stream";
    private static final String ETAG = "\"v1\"";

    static {
        for (int i = 0; i < LARGE.length; i++) LARGE[i] = (byte) i;
    }

    public static void main(String[] args) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
        Connector connector = new Connector();
        connector.setPort(Integer.parseInt(args[0]));
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("keepAliveTimeout", "1000");
        // Closes at once after a response to an upload that it did not read.
        connector.setProperty("maxSwallowSize", "0");
        connector.setProperty("maxHttpResponseHeaderSize", "16384");
        connector.addUpgradeProtocol(new Http2Protocol());
        tomcat.setConnector(connector);
        var context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "service", new Service()).setAsyncSupported(true);
        context.addServletMappingDecoded("/", "service");
        tomcat.start();
        tomcat.getServer().await();
    }

    private static void send(HttpServletResponse response, int status, String type, byte[] body) throws IOException {
        response.setStatus(status);
        response.setContentType(type);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getRequestURI()) {
            case "/small" -> send(response, 200, TEXT, SMALL);
            case "/json" -> send(response, 200, "application/json", ascii("{\"items\":[1,2.50,\"three\"],\"total\":1e2}"));
            case "/large" -> send(response, 200, BINARY, LARGE);
            case "/empty" -> send(response, 200, TEXT, new byte[0]);
            case "/chunked" -> {
                response.setContentType(TEXT);
                for (int number = 0; number < 50; number++) {
                    response.getOutputStream().write(ascii(("chunk " + number + "\n").repeat(number + 1)));
                    response.flushBuffer();
                }
            }
            case "/events" -> {
                response.setContentType("text/event-stream");
                for (int number = 0; number < 4; number++) {
                    pause(30);
                    response.getOutputStream().write(ascii("id: " + number + "\ndata: tick " + number + "\n\n"));
                    response.flushBuffer();
                }
            }
            case "/slow" -> {
                pause(250);
                send(response, 200, TEXT, SMALL);
            }
            case "/no-content" -> {
                response.setHeader("X-Kept", "yes");
                response.setStatus(204);
            }
            case "/cached" -> {
                response.setHeader("ETag", ETAG);
                if (ETAG.equals(request.getHeader("If-None-Match"))) response.setStatus(304);
                else send(response, 200, TEXT, SMALL);
            }
            case "/range" -> {
                response.setHeader("Content-Range", "bytes 10-19/" + LARGE.length);
                send(response, 206, BINARY, Arrays.copyOfRange(LARGE, 10, 20));
            }
            case "/redirect" -> {
                response.setHeader("Location", "/small?from=redirect");
                send(response, 302, TEXT, ascii("moved\n"));
            }
            case "/cookies" -> {
                for (String cookie : new String[] {"a=1; Path=/", "b=2; HttpOnly", "a=3"}) {
                    response.addHeader("Set-Cookie", cookie);
                }
                send(response, 200, TEXT, SMALL);
            }
            case "/gzip" -> {
                ByteArrayOutputStream packed = new ByteArrayOutputStream();
                try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
                    gzip.write(LARGE, 0, 65536);
                }
                response.setHeader("Content-Encoding", "gzip");
                send(response, 200, BINARY, packed.toByteArray());
            }
            case "/many-fields" -> {
                for (int i = 0; i < 80; i++) response.setHeader("X-Field-" + i, "v".repeat(60));
                send(response, 200, TEXT, SMALL);
            }
            case "/latin1" -> {
                response.setHeader("X-Name", "caf\u00e9");
                send(response, 200, TEXT, SMALL);
            }
            case "/unauthorized" -> {
                response.setHeader("WWW-Authenticate", "Basic realm=\"x\"");
                send(response, 401, TEXT, new byte[0]);
            }
            case "/error" -> send(response, 500, TEXT, ascii("broken\n"));
            case "/unusual" -> send(response, 299, TEXT, SMALL);
            case "/trailers" -> {
                response.setHeader("Trailer", "X-Checksum, X-Time");
                response.setContentType(TEXT);
                response.setTrailerFields(() -> Map.of("X-Checksum", "abc"));
                response.getOutputStream().write(ascii("part one\n"));
                response.flushBuffer();
                response.getOutputStream().write(ascii("part two\n"));
            }
            case "/reject" -> send(response, 413, TEXT, ascii("too big\n"));
            case "/echo" -> {
                byte[] body = request.getInputStream().readAllBytes();
                response.setHeader("X-Method", request.getMethod());
                response.setHeader("X-Query", String.valueOf(request.getQueryString()));
                send(response, 200, BINARY, body);
            }
            default -> send(response, 404, TEXT, ascii("no such path\n"));
        }
    }

    private static void pause(int milliseconds) throws IOException {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
