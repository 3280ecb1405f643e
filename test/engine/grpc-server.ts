import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "./property-values.ts";

/** One gRPC service on a port of this machine, as the engine's plugins are. */

/** Answers by method name; what is left out is "not implemented". A rejection becomes the call's error. */
export type Handlers = Readonly<Record<string, (request: never) => unknown>>;

export interface RunningServer {
  port: number;
  close(): void;
}

const UNLIMITED = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

export async function serve(service: ServiceDefinition, handlers: Handlers): Promise<RunningServer> {
  const server = new Server(UNLIMITED);
  const methods = Object.keys(service).map((name) => [name, unary(name, handlers[name])]);
  server.addService(service, Object.fromEntries(methods) as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

function unary(name: string, handler: Handlers[string] | undefined): handleUnaryCall<never, unknown> {
  return (call, answer) => {
    if (handler === undefined) {
      answer({ code: status.UNIMPLEMENTED, message: name });
      return;
    }
    Promise.resolve()
      .then(() => handler(call.request))
      .then(
        (response) => answer(null, response),
        (error: unknown) =>
          answer({ code: status.UNKNOWN, message: error instanceof Error ? error.message : "failed" }),
      );
  };
}

export type Struct = InstanceType<typeof struct.Struct>;

/** Property values of a message; empty when it has none. */
export function fromStruct(values: Struct | undefined): Properties {
  return values === undefined ? {} : (values.toJavaScript() as Properties);
}

/** Property values for a message. What is undefined is absent. */
export function toStruct(values: Properties): Struct {
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(values)) as Record<string, never>);
}
