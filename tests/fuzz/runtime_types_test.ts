import { campaign, describe } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";

for (const [subject, options] of CAMPAIGNS.runtimeTypes) {
  Deno.test(`damaged type metadata is a value or a typed error: ${describe(subject)}`, () =>
    campaign(subject, options));
}
