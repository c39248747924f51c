// Fiber is a server by fasthttp, which net/http has no part in.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
)

func main() {
	address := flag.String("http", "127.0.0.1:0", "`address` to listen on")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	log.Fatal(routes().Listener(listener))
}

// routes are the ways in which a request can end. ID is any text, the request's own.
func routes() *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, UnescapePath: true, BodyLimit: 8 << 20})
	app.Use("/recovered", recover.New())
	app.Get("/ping", func(c *fiber.Ctx) error { return c.SendString("pong") })
	app.All("/s/:status/:size/*", answer)
	app.Get("/none/*", func(c *fiber.Ctx) error { return nil })
	app.Post("/read/*", func(c *fiber.Ctx) error { return c.SendString(fmt.Sprint(len(c.Body()))) })
	app.Get("/error/:status/*", func(c *fiber.Ctx) error {
		status, err := c.ParamsInt("status")
		if err != nil {
			return err
		}
		return fiber.NewError(status, "an error")
	})
	app.Get("/failed/*", func(c *fiber.Ctx) error { return errors.New("no error of fiber's") })
	app.Get("/sleep/:microseconds/*", func(c *fiber.Ctx) error {
		microseconds, err := c.ParamsInt("microseconds")
		time.Sleep(time.Duration(microseconds) * time.Microsecond)
		return err
	})
	app.Get("/redirect/*", func(c *fiber.Ctx) error { return c.Redirect("/ping") })
	app.Get("/recovered/*", func(c *fiber.Ctx) error { panic("recovered by middleware") })
	users := app.Group("/api/v1/users")
	users.Get("/:id", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"id": c.Params("id")}) })
	users.Delete("/:id", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) })
	return app
}

// answer is /s/{status}/{size}/ID.
func answer(c *fiber.Ctx) error {
	status, err := c.ParamsInt("status")
	if err != nil {
		return err
	}
	size, err := c.ParamsInt("size")
	if err != nil {
		return err
	}
	return c.Status(status).SendString(strings.Repeat("x", size))
}
