import { campaign, describe } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";

for (const [subject, options] of CAMPAIGNS.cuts) {
  Deno.test(`a file or a section that is cut at any boundary is a value or a typed error: ${describe(subject)}`, () =>
    campaign(subject, options));
}
