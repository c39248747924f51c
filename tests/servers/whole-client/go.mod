module gohttpsnoop.example/whole-client

go 1.26
