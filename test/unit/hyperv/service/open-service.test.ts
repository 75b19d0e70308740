import { DiskError } from "../../../../provider/disk/errors";
import { ImageServiceV2 } from "../../../../provider/hyperv/service/image-service";
import { ImageServiceV1 } from "../../../../provider/hyperv/service/image-service-v1";
import { openImageService } from "../../../../provider/hyperv/service/open-service";
import type { CimSession } from "../../../../provider/hyperv/cim/cim-session";
import { failureOf } from "../../../support/failure-of";
import { SERVICE, byClass, refusal, stubHost, stubSession } from "../../../support/stub-session";

const V2 = "root\\virtualization\\v2";
const V1 = "root\\virtualization";
const VISIBLE = byClass({
  Msvm_ImageManagementService: [
    { className: SERVICE.className, reference: SERVICE, properties: {} },
  ],
});

/** A session whose host has the class in some namespaces. */
function hostWith(namespaces: readonly string[], query: CimSession["query"] = VISIBLE): CimSession {
  return stubSession({
    hasClass: (namespace) => Promise.resolve(namespaces.includes(namespace)),
    query,
  });
}

describe("choosing the generation of the service", () => {
  it.each([
    ["only the newer one", [V2]],
    ["both, as on Windows Server 2012", [V1, V2]],
  ])("takes the newer one where the host has %s", async (_, namespaces) => {
    const service = await openImageService(stubHost(hostWith(namespaces)));

    expect(service).toBeInstanceOf(ImageServiceV2);
  });

  it("takes the older one where the newer one does not exist", async () => {
    const service = await openImageService(stubHost(hostWith([V1])));

    expect(service).toBeInstanceOf(ImageServiceV1);
  });

  it("says that the role is missing where neither exists", async () => {
    const error = await failureOf(openImageService(stubHost(hostWith([]))));

    expect(error.code).toBe("NotSupported");
    expect(error.message).toContain("Install the Hyper-V role");
  });

  it.each([
    ["access denied", refusal({ hresult: 0x80041003 }), "AccessDenied"],
    [
      "an unreachable host",
      new DiskError("HostUnreachable", { what: "nobody there" }),
      "HostUnreachable",
    ],
    ["a dead RPC server", refusal({ hresult: 0x800706ba }), "HostUnreachable"],
    ["something unheard of", refusal({ hresult: 0x80040111 }), "Unavailable"],
  ])("never takes the older one because of %s", async (_, refused, code) => {
    const hasClass: CimSession["hasClass"] = (namespace) =>
      namespace === V2 ? Promise.reject(refused) : Promise.resolve(true);

    const error = await failureOf(
      openImageService(stubHost(stubSession({ hasClass, query: VISIBLE }))),
    );

    expect(error.code).toBe(code);
  });

  it("never takes the older one because the newer one is hidden from the account", async () => {
    const error = await failureOf(openImageService(stubHost(hostWith([V1, V2], byClass({})))));

    expect(error.code).toBe("AccessDenied");
    expect(error.message).toMatch(/elevated.*Hyper-V Administrators.*role/);
  });
});
