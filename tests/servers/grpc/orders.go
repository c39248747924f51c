package main

import (
	"context"
	"io"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// orders is a service with a method of each kind, written by hand: a message is a text, and the status code that is
// asked for stands before its first space.
var orders = grpc.ServiceDesc{
	ServiceName: "shop.Orders",
	HandlerType: (*interface{})(nil),
	Methods: []grpc.MethodDesc{
		{MethodName: "Get", Handler: unary},
		{MethodName: "Delete", Handler: unary},
	},
	Streams: []grpc.StreamDesc{
		{StreamName: "List", Handler: list, ServerStreams: true},
		{StreamName: "Upload", Handler: upload, ClientStreams: true},
		{StreamName: "Chat", Handler: chat, ServerStreams: true, ClientStreams: true},
	},
}

// outcome is the message itself, or the error that it asks for.
func outcome(message *wrapperspb.StringValue) (*wrapperspb.StringValue, error) {
	code, err := strconv.Atoi(strings.SplitN(message.Value, " ", 2)[0])
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, "no code")
	}
	if code != 0 {
		return nil, status.Error(codes.Code(code), "as asked")
	}
	return message, nil
}

func unary(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	message := new(wrapperspb.StringValue)
	if err := decode(message); err != nil {
		return nil, err
	}
	return outcome(message)
}

// list answers with three messages.
func list(_ any, stream grpc.ServerStream) error {
	message := new(wrapperspb.StringValue)
	if err := stream.RecvMsg(message); err != nil {
		return err
	}
	for i := 0; i < 3; i++ {
		if err := stream.SendMsg(message); err != nil {
			return err
		}
	}
	_, err := outcome(message)
	return err
}

// upload takes messages until there are no more, and answers the last.
func upload(_ any, stream grpc.ServerStream) error {
	message := new(wrapperspb.StringValue)
	for {
		err := stream.RecvMsg(message)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	answer, err := outcome(message)
	if err != nil {
		return err
	}
	return stream.SendMsg(answer)
}

// chat answers each message at once.
func chat(_ any, stream grpc.ServerStream) error {
	for {
		message := new(wrapperspb.StringValue)
		err := stream.RecvMsg(message)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := outcome(message); err != nil {
			return err
		}
		if err := stream.SendMsg(message); err != nil {
			return err
		}
	}
}
