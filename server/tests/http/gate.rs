//! Who gets in: host, method, origin.

use axum::{body::Body, http::StatusCode};
use server::http::HttpSettings;

use crate::{
    fake::Mode,
    site::{Site, actions, form, request, settings, valid_body},
};

/// WEB-01: a request that another site made never reaches a server function.
#[tokio::test]
async fn web_01_foreign_post_refused_before_any_server_function() {
    let site = Site::new(Mode::Works);
    let foreign: [&[(&str, &str)]; 9] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://muster.example")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://muster.example")],
        &[("origin", "null")],
        &[],
    ];
    for path in actions() {
        for content_type in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
            for headers in foreign {
                let mut request = request("POST", path).header("content-type", content_type);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let answer = site.send(request.body(valid_body(path).into()).unwrap()).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {content_type} {headers:?}");
            }
        }
    }
    assert_eq!(site.fake.calls(), 0);
}

#[tokio::test]
async fn web_01_own_page_by_either_header_let_in() {
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", "https://muster.example")] {
        let site = Site::new(Mode::Works);
        let path = "/api/sign-in/email";
        let request = request("POST", path)
            .header(name, value)
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(site.send(request.body(valid_body(path).into()).unwrap()).await.status, StatusCode::OK, "{name}");
        assert_eq!(site.fake.calls(), 1);
    }
}

#[tokio::test]
async fn web_01_other_content_type_from_own_page_refused() {
    let site = Site::new(Mode::Works);
    for content_type in ["text/plain", "multipart/form-data; boundary=x", "application/json", ""] {
        let request = request("POST", "/api/sign-in/email")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", content_type);
        let answer = site.send(request.body("email=ana@harbor.example".into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
    assert_eq!(site.fake.calls(), 0);
}

/// WEB-02: nothing but `POST` runs a server function.
#[tokio::test]
async fn web_02_other_method_on_server_function_refused() {
    let site = Site::new(Mode::Works);
    for path in actions() {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"] {
            let uri = format!("{path}?{}", valid_body(path));
            let request = request(method, &uri)
                .header("sec-fetch-site", "same-origin")
                .header("x-http-method-override", "POST")
                .header("x-method-override", "POST");
            let answer = site.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.header("allow"), "POST", "{method} {path}");
        }
    }
    assert_eq!(site.fake.calls(), 0);
}

#[tokio::test]
async fn web_02_trace_of_a_page_refused() {
    let site = Site::new(Mode::Works);
    let answer = site.send(request("TRACE", "/sign-in").header("cookie", "x=y").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
    assert!(!answer.body.contains("x=y"));
}

/// WEB-12: no origin is ever let in by CORS.
#[tokio::test]
async fn web_12_no_answer_carries_a_cors_header() {
    let site = Site::new(Mode::Works);
    for method in ["OPTIONS", "GET", "POST"] {
        for path in ["/api/sign-in/email", "/api/session", "/sign-in", "/pkg/muster.4567cdef.js", "/nothing"] {
            for origin in ["https://evil.example", "https://muster.example", "null"] {
                let request = request(method, path)
                    .header("origin", origin)
                    .header("access-control-request-method", "POST")
                    .header("access-control-request-headers", "content-type");
                let answer = site.send(request.body(Body::empty()).unwrap()).await;
                let cors: Vec<_> =
                    answer.headers.keys().filter(|name| name.as_str().starts_with("access-control")).collect();
                assert!(cors.is_empty(), "{method} {path} {origin}: {cors:?}");
            }
        }
    }
}

/// WEB-15: an unknown host is misdirected, a missing or doubled one makes no sense.
#[tokio::test]
async fn web_15_foreign_missing_doubled_or_contradicting_host_refused() {
    let settings = HttpSettings { extra_hosts: vec!["localhost:3000".to_owned()], ..settings() };
    let site = Site::with(Mode::Works, &settings);
    let status = async |uri: &str, hosts: &[&str]| {
        let mut request = axum::http::Request::builder().uri(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        site.send(request.body(Body::empty()).unwrap()).await.status.as_u16()
    };
    assert_eq!(status("/robots.txt", &["muster.example"]).await, 200);
    assert_eq!(status("/robots.txt", &["MUSTER.example"]).await, 200);
    assert_eq!(status("/robots.txt", &["localhost:3000"]).await, 200);
    assert_eq!(status("https://muster.example/robots.txt", &["muster.example"]).await, 200);

    for host in ["evil.example", "muster.example.evil.example", "muster.example:8443", "muster.example@evil", ""] {
        assert_eq!(status("/robots.txt", &[host]).await, 421, "{host}");
    }
    assert_eq!(status("/robots.txt", &[]).await, 400);
    assert_eq!(status("/robots.txt", &["muster.example", "muster.example"]).await, 400);
    assert_eq!(status("/robots.txt", &["muster.example", "evil.example"]).await, 400);
    assert_eq!(status("https://evil.example/robots.txt", &["muster.example"]).await, 400);
    assert_eq!(status("https://evil.example/robots.txt", &["evil.example"]).await, 421);

    for probe in ["/healthz", "/readyz"] {
        assert_eq!(status(probe, &["10.1.2.3:3000"]).await, 200, "a load balancer asks by address");
        assert_eq!(status(probe, &[]).await, 400);
    }
}

#[tokio::test]
async fn unknown_api_path_is_a_plain_404() {
    let site = Site::new(Mode::Works);
    for path in ["/api/nothing", "/api/", "/api", "/api/sign-in/email/", "/api/page/home"] {
        for request in [form(path), request("GET", path), form(path).header("accept", "text/html")] {
            let answer = site.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{path}");
        }
    }
    assert_eq!(site.fake.calls(), 0);
}
