import {
  computeChecksum,
  describeChecksumProblem,
  sealChecksum,
} from "../../../../provider/image/vhd/checksum";

describe("the checksum of a VHD structure", () => {
  it("is the one's complement of the sum of all bytes", () => {
    const structure = Uint8Array.of(1, 2, 255, 0, 0, 0, 0);

    const checksum = computeChecksum(structure, 3);

    expect(checksum).toBe(0xffffffff - 258);
  });

  it("leaves out its own field, whatever stands there", () => {
    const structure = Uint8Array.of(1, 9, 9, 9, 9, 2);

    const checksum = computeChecksum(structure, 1);

    expect(checksum).toBe(0xffffffff - 3);
  });

  it("is right once it was put into its field", () => {
    const structure = Uint8Array.from({ length: 512 }, (_, index) => index & 0xff);

    sealChecksum(structure, 64);

    expect(describeChecksumProblem(structure, 64)).toBeUndefined();
  });

  it("is told with the wrong value and the right one", () => {
    const structure = Uint8Array.of(0, 0, 0, 7, 1);

    const problem = describeChecksumProblem(structure, 0);

    expect(problem).toBe("its checksum is 0x00000007 instead of 0xfffffffe");
  });
});
