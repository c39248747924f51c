import assert from "node:assert/strict";
import { campaign, describe } from "./campaign.ts";
import { CAMPAIGNS, type Row } from "./campaigns.ts";

for (const [subject, options] of CAMPAIGNS.plan) {
  Deno.test(`a damaged executable gives a ${options.reader} or a typed error: ${describe(subject)}`, () =>
    campaign(subject, options));
}

Deno.test("there are 20,000 damaged executables, of each format and variant", () => {
  const rows: readonly Row[] = Object.values(CAMPAIGNS).flat();
  assert.ok(rows.reduce((sum, [, { runs = 0 }]) => sum + runs, 0) >= 20_000);
  for (const version of ["1.12.17", "1.16.15", "1.18.10", "1.20.14", "1.24.13", "1.26.11", "1.27.4"]) {
    assert.ok(rows.some(([subject]) => subject.version === version), version);
  }
  for (const variant of ["default", "stripped", "static", "pie", "pieStripped"]) {
    assert.ok(rows.some(([subject]) => subject.variant === variant), variant);
  }
});
