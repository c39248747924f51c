/** Probes of calls, for the tests of the sinks. */
import type { EventProbe, ValuePlan } from "../event/record_view.ts";
import { callProbe } from "../event/sample_view.ts";

const integer = (field: number): ValuePlan => ({ kind: "integer", field, bytes: 8, signed: true });
const string = (field: number): ValuePlan => ({ kind: "string", field });

/** `main.charge(order.ID, order.Email) -> (err)`: fields 0 to 2, then the duration and the goroutine. */
export const CHARGE: EventProbe = callProbe(
  {
    args: [{ text: "order.ID", value: integer(0) }, { text: "order.Email", value: string(1) }],
    results: [{
      text: "err",
      value: {
        kind: "interface",
        type: 2,
        candidates: [{ typeName: "*errors.errorString", value: string(3) }],
      },
    }],
    durationField: 4,
    goidField: 5,
  },
  6,
  "main.charge",
);

/** `main.get(m["a,b"])`, at its entry. */
export const GET: EventProbe = callProbe({ args: [{ text: 'm["a,b"]', value: string(0) }] }, 1, "main.get");

/** `main.tick()`: there is nothing to show of it. */
export const TICK: EventProbe = callProbe({}, 0, "main.tick");
