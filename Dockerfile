# syntax=docker/dockerfile:1

# To pin by digest: golang:1.26-bookworm@sha256:…, as docker buildx imagetools inspect tells it; so for postgres in compose.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The demo stays out: an image is for production and for the sandbox beside it.
# timetzdata puts the time zones into the program: the image has none. What intranet version says:
# docker build --build-arg RELEASE="$(git describe --tags)", because git is not in here.
ARG RELEASE=
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags="-s -w -X main.release=$RELEASE" -o /out/ ./cmd/intranet ./cmd/sandbox

# Nothing but a program and the system's certificates; it runs as nobody.
FROM scratch AS base
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
USER 65532:65532

FROM base AS sandbox
COPY --from=build /out/sandbox /sandbox
EXPOSE 8081
ENTRYPOINT ["/sandbox"]

FROM base AS intranet
COPY --from=build /out/intranet /intranet
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s CMD ["/intranet", "healthcheck"]
ENTRYPOINT ["/intranet"]
CMD ["serve"]
