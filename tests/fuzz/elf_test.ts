import { campaign, describe } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";

for (const [subject, options] of CAMPAIGNS.elf) {
  Deno.test(`damaged headers and sections are a value or a typed error: ${describe(subject)}`, () =>
    campaign(subject, options));
}
