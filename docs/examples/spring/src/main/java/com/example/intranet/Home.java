package com.example.intranet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;
import tools.jackson.databind.json.JsonMapper;

/** The page with the chat. */
@Controller
class Home {
    private final SecureRandom random = new SecureRandom();
    private final ITemplateEngine templates;
    private final JsonMapper json;
    private final Caramelo caramelo;
    private final String origins;
    private final String sdk;
    private final String project;

    Home(ITemplateEngine templates, JsonMapper json, Caramelo caramelo,
            @Value("${caramelo.origins}") String origins, @Value("${caramelo.sdk-url}") String sdk,
            @Value("${caramelo.project-id}") String project) {
        this.templates = templates;
        this.json = json;
        this.caramelo = caramelo;
        this.origins = origins;
        this.sdk = sdk;
        this.project = project;
    }

    @GetMapping("/")
    void home(HttpServletRequest request, HttpServletResponse response, Principal who, CsrfToken csrf)
            throws IOException {
        if ((request.getHeader("Sec-Purpose") + request.getHeader("Purpose")).matches(".*(prefetch|prerender).*")) {
            response.setStatus(503); // browsers ask again when somebody wants the page
            return;
        }
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        String nonce = Base64.getEncoder().encodeToString(bytes);
        Person person = Intranet.PEOPLE.get(who.getName());
        String page = render("home", Map.of( // first what can fail
                "name", person.name(), "nonce", nonce, "csrfName", csrf.getParameterName(), "csrf", csrf.getToken()));
        int end = page.lastIndexOf("</body>");
        response.setContentType("text/html; charset=utf-8");
        response.setHeader("Content-Security-Policy", policy(nonce));
        response.setHeader("X-Accel-Buffering", "no");
        if (request.getMethod().equals("HEAD")) { // Spring runs the handler of GET for it
            return;
        }
        CompletableFuture<Optional<String>> token = caramelo.start(person); // returns at once
        response.getWriter().write(page, 0, end); // all of it, up to the tail
        response.flushBuffer();
        String chat = token.join().map(this::chat).orElse(""); // "": no chat
        response.getWriter().write(render("tail", Map.of("nonce", nonce, "sdk", sdk, "chat", chat)));
        response.getWriter().write(page, end, page.length() - end);
    }

    /** The object for the script, in which no text can end it. */
    private String chat(String token) {
        return json.writeValueAsString(Map.of("secure_connection_token", token, "project_id", project))
                .replace("<", "\\u003c");
    }

    private String render(String name, Map<String, Object> values) {
        return templates.process(name, new Context(Locale.ENGLISH, values));
    }

    /** What a widget needs, and inline scripts by nonce alone. */
    private String policy(String nonce) {
        return String.join("; ",
                Intranet.STRICT_POLICY,
                "script-src 'nonce-" + nonce + "' " + origins,
                "style-src 'self' 'unsafe-inline' " + origins,
                "img-src 'self' data: blob: " + origins,
                "font-src 'self' data: " + origins,
                "connect-src 'self' " + origins,
                "media-src data: blob: " + origins,
                "frame-src " + origins,
                "worker-src blob: " + origins);
    }
}
