import { cimString, cimUint16 } from "../../../provider/hyperv/cim/cim-values";
import { embed, readEmbedded } from "../../support/simulated-host/values";

/**
 * As a host writes the settings of a disk: a property without a value is there, and has no VALUE.
 */
const ANSWERED =
  '<INSTANCE CLASSNAME="Msvm_VirtualHardDiskSettingData"><PROPERTY NAME="Type" ' +
  'TYPE="uint16"><VALUE>3</VALUE></PROPERTY><PROPERTY NAME="Path" TYPE="string"><VALUE>C:\\a ' +
  '&amp; b.vhdx</VALUE></PROPERTY><PROPERTY NAME="DataAlignment" PROPAGATED="true" ' +
  'TYPE="string"></PROPERTY></INSTANCE>';

/** As clients of the image service write what is to be made. */
const ASKED =
  '<INSTANCE CLASSNAME="Msvm_VirtualHardDiskSettingData"><PROPERTY NAME="Type" ' +
  'TYPE="uint16"><VALUE>4</VALUE></PROPERTY><PROPERTY NAME="ParentPath" ' +
  'TYPE="string"><VALUE>C:\\golden\\&lt;v1&gt;.vhdx</VALUE></PROPERTY></INSTANCE>';

describe("the texts of the simulated host", () => {
  it("are those that a host answers", () => {
    const properties = { Type: cimUint16(3), Path: cimString(String.raw`C:\a & b.vhdx`) };

    expect(embed("Msvm_VirtualHardDiskSettingData", properties, ["DataAlignment"])).toBe(ANSWERED);
  });

  it("are read without the code of the provider", () => {
    expect(readEmbedded(ASKED, "Msvm_VirtualHardDiskSettingData")).toEqual({
      Type: "4",
      ParentPath: String.raw`C:\golden\<v1>.vhdx`,
    });
  });
});
