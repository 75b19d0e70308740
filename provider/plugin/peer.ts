/**
 * gRPC and protobuf, as the Pulumi SDK beside this package has them. Messages are compared by
 * class, so that the plugin must use the very copies that `@pulumi/pulumi/proto` was loaded with,
 * and adds no dependency of its own.
 */
import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as AnyProto from "google-protobuf/google/protobuf/any_pb";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb";

const requireFromPulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));

/** gRPC for Node.js. */
export const grpc = requireFromPulumi("@grpc/grpc-js") as typeof Grpc;

/** A message that holds another message. */
export const { Any } = requireFromPulumi(
  "google-protobuf/google/protobuf/any_pb.js",
) as typeof AnyProto;

/** The message without members. */
export const { Empty } = requireFromPulumi(
  "google-protobuf/google/protobuf/empty_pb.js",
) as typeof EmptyProto;

/** Properties as Pulumi sends them. */
export const { Struct } = requireFromPulumi(
  "google-protobuf/google/protobuf/struct_pb.js",
) as typeof StructProto;

/** A message with properties. */
export type Struct = StructProto.Struct;
