package com.example.intranet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Gets a token for a page. The client's own timeout is for the headers alone, and so the whole is bounded here. */
@Component
class Caramelo {
    private static final Logger log = LoggerFactory.getLogger(Caramelo.class);
    private static final int TIMEOUT_SECONDS = 3;
    private static final int MAX_BODY = 64 * 1024;

    private final HttpClient http = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
    private final Executor readers = Executors.newCachedThreadPool();
    private final JsonMapper json;
    private final URI endpoint;
    private final String secret;

    Caramelo(JsonMapper json, @Value("${caramelo.api-url}") String api,
            @Value("${caramelo.project-id}") String project, @Value("${caramelo.secret-token}") String secret) {
        this.json = json;
        this.secret = secret;
        String segment = URLEncoder.encode(project, StandardCharsets.UTF_8);
        this.endpoint = URI.create(api + "/api/chatbox/project/" + segment + "/intranet-auth");
    }

    /** Starts the call. It ends without a token, never with an error: the page is whole without a chat. */
    CompletableFuture<Optional<String>> start(Person person) {
        byte[] body = json.writeValueAsBytes(Map.of(
                "secret_token", secret,
                "external_customer_id", Long.toString(person.id()),
                "name", person.name(),
                "email", person.email(),
                "lang", person.lang()));
        HttpRequest request = HttpRequest.newBuilder(endpoint)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        CompletableFuture<HttpResponse<InputStream>> answer =
                http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        return answer.thenApplyAsync(this::token, readers)
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .handle((token, err) -> {
                    if (err == null) {
                        return Optional.of(token);
                    }
                    log.warn("No chat: {}", (err instanceof CompletionException ? err.getCause() : err).toString());
                    end(answer);
                    return Optional.empty();
                });
    }

    private String token(HttpResponse<InputStream> response) {
        if (response.statusCode() != 200) {
            throw new IllegalStateException("status " + response.statusCode());
        }
        byte[] body;
        try (InputStream in = response.body()) {
            body = in.readNBytes(MAX_BODY + 1);
        } catch (IOException err) {
            throw new UncheckedIOException(err);
        }
        if (body.length > MAX_BODY) {
            throw new IllegalStateException("more than 64 KiB");
        }
        Object token;
        try {
            token = json.readValue(body, Map.class).get("real_time_access_token");
        } catch (RuntimeException err) { // its text may quote the answer, and the secret in it
            throw new IllegalStateException("no JSON object");
        }
        if (!(token instanceof String text) || text.isBlank()) {
            throw new IllegalStateException("no token");
        }
        return text;
    }

    /** Ends what may still be under way. */
    private static void end(CompletableFuture<HttpResponse<InputStream>> answer) {
        answer.cancel(true);
        answer.thenAccept(response -> {
            try {
                response.body().close();
            } catch (IOException ignored) {
                // it was over
            }
        });
    }
}
