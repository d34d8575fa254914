package com.example.intranet;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** An intranet with Caramelo's assistant, in Spring Boot. ../README.md says how to start it. */
@SpringBootApplication
class Intranet {
    static final String STRICT_POLICY =
            "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /** In place of your own people. One has a name that breaks a page which does not escape it. */
    static final Map<String, Person> PEOPLE = Map.of(
            "ana", new Person(7, "Ana Souza", "ana@example.com", "pt"),
            "bo", new Person(8, "Bo Larsen", "bo@example.com", "en"),
            "zoe", new Person(9, "Zoe <b>\"O'Neil\"</b></script>", "zoe@example.com", "es"));

    public static void main(String[] args) {
        SpringApplication.run(Intranet.class, args);
    }

    /** In place of your own passwords: everybody's is "demo", and nothing hashes it. */
    @Bean
    UserDetailsService users() {
        InMemoryUserDetailsManager users = new InMemoryUserDetailsManager();
        PEOPLE.keySet().forEach(name -> users.createUser(
                User.withUsername(name).password("{noop}demo").roles("EMPLOYEE").build()));
        return users;
    }

    /** Spring Security has the form, its style sheet, CSRF tokens, a new session at each sign-in, and no-store. */
    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
        return http
                .authorizeHttpRequests(requests -> requests
                        .requestMatchers("/error").permitAll()
                        .anyRequest().authenticated())
                .formLogin(Customizer.withDefaults())
                .logout(logout -> logout.addLogoutHandler((request, response, who) ->
                        response.setHeader("Clear-Site-Data", "\"storage\"")))
                .headers(headers -> headers.addHeaderWriter((request, response) -> {
                    if (!response.containsHeader("Content-Security-Policy")) {
                        response.setHeader("Content-Security-Policy", STRICT_POLICY + "; style-src 'self'");
                    }
                }))
                .build();
    }
}
