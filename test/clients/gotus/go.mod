module github.com/skyferry/skyferry/test/clients/gotus

go 1.26.0

require github.com/eventials/go-tus v0.0.0-20250612203642-7827b129cd4c
