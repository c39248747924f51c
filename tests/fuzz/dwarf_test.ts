import { campaign, describe } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";

for (const [subject, options] of CAMPAIGNS.dwarf) {
  Deno.test(`damaged debugging information is a value or a typed error: ${describe(subject)}`, () =>
    campaign(subject, options));
}
