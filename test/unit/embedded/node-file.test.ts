import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { openNodeFile, toDiskError } from "../../../provider/embedded/node-file";
import { failureOf } from "../../support/failure-of";
import { useTempFolder } from "../../support/temp-folder";

const temp = useTempFolder();
const onPosix = process.platform === "win32" ? describe.skip : describe;

onPosix("what is no regular file", () => {
  it.each(["read", "read-write"] as const)(
    "is refused at once when it is a FIFO and opened to %s",
    async (access) => {
      const path = temp(`${access}.vhdx`);
      spawnSync("mkfifo", [path]);

      const error = await failureOf(openNodeFile(path, access));

      expect(error.code).toBe("UnsupportedImage");
      expect(error.message).toContain("not a regular file");
    },
  );

  it("is refused through a link", async () => {
    const path = temp("link.vhdx");
    spawnSync("mkfifo", [temp("target")]);
    symlinkSync(temp("target"), path);

    expect((await failureOf(openNodeFile(path, "read"))).code).toBe("UnsupportedImage");
  });

  it("is refused when it is a device", async () => {
    expect((await failureOf(openNodeFile("/dev/zero", "read"))).code).toBe("UnsupportedImage");
  });

  it("is refused when it is a socket", async () => {
    const path = temp("socket.vhdx");
    const server = createServer();
    server.listen(path);
    await once(server, "listening");

    const error = await failureOf(openNodeFile(path, "read"));
    server.close();

    expect(error.code).toBe("UnsupportedImage");
  });

  it("is refused when it is a folder, and the message says so", async () => {
    mkdirSync(temp("folder.vhdx"));

    expect((await failureOf(openNodeFile(temp("folder.vhdx"), "read"))).message).toContain(
      "this is a folder",
    );
  });
});

describe("a path that no file can have", () => {
  it("is an error that names the NUL character", async () => {
    const error = await failureOf(openNodeFile(`${temp("a")}\0b`, "read"));

    expect(error.code).toBe("InvalidInput");
    expect(error.message).toContain("NUL");
  });

  it("is an error that says that the name is too long", async () => {
    const error = await failureOf(openNodeFile(temp("x".repeat(300)), "read"));

    expect(error.code).toBe("InvalidInput");
    expect(error.message).toContain("too long");
  });
});

onPosix("a read into many targets", () => {
  const content = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);

  it.each([
    { targetCount: 7, lengthBytes: 1000 },
    { targetCount: 3000, lengthBytes: 3 },
  ])("fills one after the other, however many: %j", async ({ targetCount, lengthBytes }) => {
    const path = temp(`${targetCount}-targets`);
    writeFileSync(path, content);
    const file = await openNodeFile(path, "read");
    const targets = Array.from({ length: targetCount }, () => new Uint8Array(lengthBytes));

    const count = await file.readEach?.(100, targets);
    await file.close();

    expect(count).toBe(targetCount * lengthBytes);
    expect(Buffer.concat(targets)).toEqual(Buffer.from(content.subarray(100, 100 + count!)));
  });

  it("says how many bytes there were where the file ends", async () => {
    const path = temp("short");
    writeFileSync(path, content);
    const file = await openNodeFile(path, "read");
    const targets = [new Uint8Array(60), new Uint8Array(60), new Uint8Array(60)];

    const count = await file.readEach?.(9_900, targets);
    const nothing = await file.readEach?.(20_000, targets);
    await file.close();

    expect(count).toBe(100);
    expect(nothing).toBe(0);
    expect(Buffer.concat(targets).subarray(0, 100)).toEqual(Buffer.from(content.subarray(9_900)));
  });

  it("is an error when the file is closed", async () => {
    const path = temp("closed");
    writeFileSync(path, content);
    const file = await openNodeFile(path, "read");
    await file.close();

    const error = await failureOf(file.readEach!(0, [new Uint8Array(1), new Uint8Array(1)]));

    expect(error.code).toBe("IoFailed");
  });
});

describe("an error that is no fault of the file system", () => {
  it("passes unchanged", () => {
    const error = new TypeError("a fault of the program");

    expect(toDiskError(error, "the file cannot be read", "/a")).toBe(error);
  });
});

describe("an error of the system that Node.js has no name for", () => {
  it.each([
    [122, /EDQUOT.*quota of this account is used up/],
    [116, /ESTALE.*Mount its volume again/],
    [117, /error 117.*Check the volume/],
  ])("%i is named, and says what to do", (number, expected) => {
    const code = `Unknown system error -${number}`;

    const error = toDiskError(Object.assign(new Error(code), { code }), "cannot be read", "/a");

    expect(error).toMatchObject({ code: "IoFailed", message: expect.stringMatching(expected) });
  });
});

describe("a regular file", () => {
  it("is opened to be read", async () => {
    writeFileSync(temp("plain"), "abc");
    const file = await openNodeFile(temp("plain"), "read");
    const bytes = Buffer.alloc(3);

    await file.read(0, bytes);
    await file.close();

    expect(bytes.toString()).toBe("abc");
  });
});
