// Fiber is a server by fasthttp, which net/http has no part in.
package main

import (
	"log"

	"github.com/gofiber/fiber/v2"
)

func main() {
	app := fiber.New()
	app.Get("/ping", func(c *fiber.Ctx) error { return c.SendString("pong") })
	log.Fatal(app.Listen("127.0.0.1:0"))
}
