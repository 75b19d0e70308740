import * as pulumi from "@pulumi/pulumi";
import type { DiskBackend } from "../../../provider/disk/backend";
import { DiskError } from "../../../provider/disk/errors";
import { createHandler } from "../../../provider/resources/handler";
import { PartiallyDoneError } from "../../../provider/resources/partially-done";
import type { ResourceLifecycle } from "../../../provider/resources/resource";
import { UNKNOWN_VALUE } from "../../../provider/resources/unknown";
import { FakeBackend } from "../../support/fake-backend";

const observed = {
  id: "/a.vhdx",
  outputs: { path: "/a.vhdx", nothing: undefined },
  inputs: { path: "/a.vhdx" },
};

function lifecycleWith(change: Partial<ResourceLifecycle>): ResourceLifecycle {
  return {
    check: (_backend, _olds, inputs) => Promise.resolve({ inputs, failures: [] }),
    diff: () => Promise.resolve({ changes: false, replaces: [], deleteBeforeReplace: false }),
    create: () => Promise.resolve(observed),
    read: () => Promise.resolve(observed),
    update: () => Promise.resolve(observed),
    delete: () => Promise.resolve(),
    ...change,
  };
}

function handlerWith(change: Partial<ResourceLifecycle>): ReturnType<typeof createHandler> {
  return createHandler(lifecycleWith(change), () => new FakeBackend());
}

describe("the handler of Pulumi's dynamic provider server", () => {
  it("knows the text that stands for an unknown value", () => {
    expect(UNKNOWN_VALUE).toBe(pulumi.runtime.unknownValue);
  });

  it("returns nothing that the server cannot carry", async () => {
    const handler = handlerWith({});

    expect(await handler.create({})).toStrictEqual({ id: "/a.vhdx", outs: { path: "/a.vhdx" } });
    expect(await handler.read("/a.vhdx", {})).toStrictEqual({
      id: "/a.vhdx",
      props: { path: "/a.vhdx" },
      inputs: { path: "/a.vhdx" },
    });
    expect(await handler.update("/a.vhdx", {}, {})).toStrictEqual({ outs: { path: "/a.vhdx" } });
  });

  it("says that a resource is gone with an empty id", async () => {
    const handler = handlerWith({ read: () => Promise.resolve(undefined) });

    expect(await handler.read("/a.vhdx", {})).toStrictEqual({ id: "" });
  });

  it("says a diff that it belongs to a preview, and keeps that out of the inputs", async () => {
    const previews: boolean[] = [];
    const handler = handlerWith({
      diff: (_backend, _olds, _news, context) => {
        previews.push(context?.preview === true);
        return Promise.resolve({ changes: false, replaces: [], deleteBeforeReplace: false });
      },
    });

    const checked = await handler.check({}, { path: "/a.vhdx", __preview: true });
    await handler.diff("/a.vhdx", {}, checked.inputs);
    await handler.check({}, { path: "/a.vhdx" });
    await handler.diff("/a.vhdx", {}, checked.inputs);

    expect(checked.inputs).toStrictEqual({ path: "/a.vhdx" });
    expect(previews).toEqual([true, false]);
  });

  it("reads the configuration of the stack when it is needed", async () => {
    const keys: string[] = [];
    const handler = createHandler(lifecycleWith({}), (config): DiskBackend => {
      config("backend");
      return new FakeBackend();
    });

    handler.configure({
      config: {
        get(key) {
          keys.push(key);
          return undefined;
        },
      },
    });
    await handler.create({});

    expect(keys).toEqual(["vhd:backend"]);
  });

  it("passes an error on with its message, and nothing that the server takes for something else", async () => {
    const handler = handlerWith({
      delete: () =>
        Promise.reject(
          Object.assign(new Error("odd"), { code: 12, id: "x", properties: {}, reasons: [] }),
        ),
    });

    const error: unknown = await handler.delete("/a.vhdx", {}).catch((caught: unknown) => caught);

    expect(error).toMatchObject({ message: "odd" });
    expect(Object.keys(error as object)).toEqual([]);
  });

  it("shows the message of a DiskError without a stack", async () => {
    const handler = handlerWith({
      read: () => Promise.reject(new DiskError("InUse", { what: "busy" })),
    });

    const error: unknown = await handler.read("/a.vhdx", {}).catch((caught: unknown) => caught);

    expect(error).toMatchObject({ message: "[InUse] busy.", stack: "" });
  });

  it("keeps what was done in the state, with the text that finds the handler again", async () => {
    const handler = handlerWith({
      update: () =>
        Promise.reject(new PartiallyDoneError(observed, new DiskError("InUse", { what: "busy" }))),
    });

    const error: unknown = await handler
      .update("/old.vhdx", {}, { __provider: "text" })
      .catch((caught: unknown) => caught);

    expect(error).toMatchObject({
      id: "/a.vhdx",
      properties: { path: "/a.vhdx", __provider: "text" },
      reasons: [expect.stringMatching(/^\[PartialCreate\].*\[InUse\] busy/)],
    });
  });
});
