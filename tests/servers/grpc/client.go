package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// methods are called in turn; of the last the server knows nothing.
var methods = []struct {
	name   string
	stream *grpc.StreamDesc
}{
	{name: "/shop.Orders/Get"},
	{name: "/shop.Orders/Delete"},
	{name: "/shop.Orders/List", stream: &orders.Streams[0]},
	{name: "/shop.Orders/Upload", stream: &orders.Streams[1]},
	{name: "/shop.Orders/Chat", stream: &orders.Streams[2]},
	{name: "/shop.Orders/Unknown"},
	{name: "/shop.Unknown/Get"},
}

// runClient makes so many calls on one connection, and writes what came of each.
func runClient(address string, count, concurrency int) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var lock sync.Mutex
	var all sync.WaitGroup
	for worker := 0; worker < concurrency; worker++ {
		all.Add(1)
		go func(first int) {
			defer all.Done()
			for i := first; i < count; i += concurrency {
				method := methods[i%len(methods)]
				// The codes of gRPC are 0 to 16; every other call is OK.
				text := fmt.Sprint(i/len(methods)%2*(i%17), " call ", i)
				code := status.Code(call(connection, method.name, method.stream, text))
				lock.Lock()
				fmt.Fprintln(out, method.name, int(code), text)
				lock.Unlock()
			}
		}(worker)
	}
	all.Wait()
}

// call makes one call, and reads all that comes.
func call(connection *grpc.ClientConn, method string, desc *grpc.StreamDesc, text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	message := wrapperspb.String(text)
	if desc == nil {
		return connection.Invoke(ctx, method, message, new(wrapperspb.StringValue))
	}
	stream, err := connection.NewStream(ctx, desc, method)
	if err != nil {
		return err
	}
	sent := 1
	if desc.ClientStreams {
		sent = 3
	}
	for i := 0; i < sent; i++ {
		// Of an error here, the status is what is read.
		if err := stream.SendMsg(message); err != nil {
			break
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	for {
		err := stream.RecvMsg(new(wrapperspb.StringValue))
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
