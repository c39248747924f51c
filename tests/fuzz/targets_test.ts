import { campaign, describe } from "./campaign.ts";
import { CAMPAIGNS } from "./campaigns.ts";

for (const [subject, options] of CAMPAIGNS.targets) {
  Deno.test(`a damaged pclntab gives targets or a typed error: ${describe(subject)}`, () =>
    campaign(subject, options));
}
