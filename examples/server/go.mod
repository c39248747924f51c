module gohttpsnoop.example/server

go 1.12
