module gohttpsnoop.example/storm

go 1.12
