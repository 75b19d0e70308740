import { cimString } from "../../provider/hyperv/cim/cim-values";
import {
  encodeOperation,
  encodeRequestLine,
} from "../../provider/hyperv/powershell/bridge-protocol";
import { LIMIT } from "../support/fake-powershell/calls";
import { callOf } from "../support/fake-powershell/fake-host";
import { parseWqlCondition } from "../support/fake-powershell/ask-host";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";
import { HOSTILE_TEXTS } from "../support/hostile-texts";

describeOnPosix(
  "texts that a shell, a query language or a console would take for something else",
  () => {
    const openSession = useFakeSessions();

    it("travel as base64 and nothing else", () => {
      for (const text of HOSTILE_TEXTS) {
        const call = callOf(text, { [text]: cimString(text) });

        const line = encodeRequestLine([
          { id: 2, ...encodeOperation({ operation: "invoke", call }) },
        ]);

        expect(line).toMatch(/^[A-Za-z0-9+/]+=*$/);
      }
    });

    it("come back from a host as they were sent, as values, names and keys", async () => {
      const { session, fake } = openSession();
      const namespace = String.raw`root\cimv2`;

      for (const text of HOSTILE_TEXTS) {
        const { outputs } = await session.invoke(
          callOf("Echo", { [`n${text}`]: cimString(text) }),
          LIMIT,
        );
        const instance = await session.get(
          { namespace, className: "File", keys: { Name: cimString(text) } },
          LIMIT,
        );
        const [found] = await session.query(
          { namespace, className: "File", where: { Name: text } },
          LIMIT,
        );

        expect(outputs).toEqual({ [`n${text}`]: cimString(text) });
        expect([instance.properties["Name"], found?.properties["Name"]]).toEqual([
          cimString(text),
          cimString(text),
        ]);
      }

      expect(fake.countStarts()).toBe(1);
    });

    it("stay one value of a condition", async () => {
      const { session, fake } = openSession();
      const where = Object.fromEntries(HOSTILE_TEXTS.map((text, index) => [`P${index}`, text]));

      await session.query({ namespace: "root", className: "File", where }, LIMIT);

      const line = fake.readEvents().find(({ event }) => event === "line");
      const { requests } = JSON.parse((line as { text: string }).text) as {
        requests: { filter: string }[];
      };
      expect(parseWqlCondition(requests[0]?.filter.slice(1) ?? "")).toEqual(where);
    });
  },
);
