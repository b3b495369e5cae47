# Builds a static program and puts it alone into an image, with the certificate authorities and an empty data folder.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=1 go build -trimpath -tags netgo,osusergo,sqlite_omit_load_extension \
      -ldflags='-s -w -linkmode external -extldflags "-static"' -o /skyferry ./cmd/skyferry \
 && mkdir /empty

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /skyferry /skyferry
COPY --from=build --chown=65532:65532 /empty /data
COPY --from=build --chown=65532:65532 /empty /tmp
USER 65532:65532
VOLUME /data
EXPOSE 8080
# A container's host name changes with every start, so a move of the data folder is accepted here.
ENV SKYFERRY_DATA=/data SKYFERRY_LISTEN=0.0.0.0:8080 SKYFERRY_ACCEPT_MOVED=true SKYFERRY_LOG_FORMAT=json
ENTRYPOINT ["/skyferry"]
CMD ["serve"]
