module gohttpsnoop.example/awkward

go 1.18
