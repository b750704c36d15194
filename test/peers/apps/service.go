// The service of the peers on Go's net/http: PORT [CERTIFICATE KEY], with HTTP/2 over TLS.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	text   = "text/plain; charset=utf-8"
	binary = "application/octet-stream"
	small  = "hello\n"
)

func send(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

func main() {
	large := bytes.Repeat(func() []byte {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		return all
	}(), 8192)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	writer.Write(large[:65536])
	writer.Close()

	fixed := func(path string, status int, kind string, body string, fields ...string) {
		http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			for i := 0; i < len(fields); i += 2 {
				w.Header().Add(fields[i], fields[i+1])
			}
			send(w, status, kind, []byte(body))
		})
	}
	fixed("/small", 200, text, small)
	fixed("/json", 200, "application/json", `{"items":[1,2.50,"three"],"total":1e2}`)
	fixed("/large", 200, binary, string(large))
	fixed("/empty", 200, text, "")
	fixed("/redirect", 302, text, "moved\n", "Location", "/small?from=redirect")
	fixed("/cookies", 200, text, small, "Set-Cookie", "a=1; Path=/", "Set-Cookie", "b=2; HttpOnly", "Set-Cookie", "a=3")
	fixed("/gzip", 200, binary, packed.String(), "Content-Encoding", "gzip", "Vary", "Accept-Encoding")
	fixed("/latin1", 200, text, small, "X-Name", "caf\xe9")
	fixed("/unauthorized", 401, text, "", "WWW-Authenticate", `Basic realm="x"`)
	fixed("/error", 500, text, "broken\n")
	fixed("/unusual", 299, text, small)
	fixed("/", 404, text, "no such path\n")
	http.HandleFunc("/chunked", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", text)
		for i := 0; i < 50; i++ {
			io.WriteString(w, strings.Repeat(fmt.Sprintf("chunk %d\n", i), i+1))
			w.(http.Flusher).Flush()
		}
	})
	http.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; i < 4; i++ {
			time.Sleep(30 * time.Millisecond)
			fmt.Fprintf(w, "id: %d\ndata: tick %d\n\n", i, i)
			w.(http.Flusher).Flush()
		}
	})
	http.HandleFunc("/reject", func(w http.ResponseWriter, r *http.Request) {
		// Over HTTP/2 it ends the connection of all requests, and Go before 1.20 then ignores the trailers of uploads.
		if r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		send(w, 413, text, []byte("too big\n"))
	})
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(250 * time.Millisecond)
		send(w, 200, text, []byte(small))
	})
	http.HandleFunc("/no-content", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Kept", "yes")
		w.WriteHeader(204)
	})
	http.HandleFunc("/cached", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Type", text)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(small))
	})
	http.HandleFunc("/range", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", binary)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(large))
	})
	http.HandleFunc("/many-fields", func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < 80; i++ {
			w.Header().Set(fmt.Sprintf("X-Field-%d", i), strings.Repeat("v", 60))
		}
		send(w, 200, text, []byte(small))
	})
	http.HandleFunc("/early-hints", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload; as=style")
		w.WriteHeader(103)
		w.Header().Del("Link")
		send(w, 200, text, []byte(small))
	})
	http.HandleFunc("/trailers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Checksum, X-Time")
		w.Header().Set("Content-Type", text)
		io.WriteString(w, "part one\n")
		w.(http.Flusher).Flush()
		io.WriteString(w, "part two\n")
		w.Header().Set("X-Checksum", "abc")
		w.Header().Set("X-Time", "1 ms")
	})
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			send(w, 400, text, []byte(err.Error()))
			return
		}
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Query", r.URL.RawQuery)
		if sum := r.Trailer.Get("X-Sum"); sum != "" {
			w.Header().Set("X-Trailers", sum)
		}
		send(w, 200, binary, body)
	})

	server := http.Server{Addr: "127.0.0.1:" + os.Args[1], IdleTimeout: time.Second}
	if len(os.Args) > 2 {
		panic(server.ListenAndServeTLS(os.Args[2], os.Args[3]))
	}
	panic(server.ListenAndServe())
}
