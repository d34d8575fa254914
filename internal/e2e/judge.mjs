// Judges the headers of answers by the rules of two tools, offline: csp_evaluator, from
// MEDIUM up, and Mozilla's Observatory. In: [{name, headers}] on standard input. Out: what they
// find, as JSON. How an address redirects to https is the proxy's, and not judged here.
import fs from "node:fs";
import { json } from "node:stream/consumers";

import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { CspParser } from "csp_evaluator/dist/parser.js";
import { Severity } from "csp_evaluator/dist/finding.js";
import { ALL_TESTS } from "@mdn/mdn-http-observatory/src/constants.js";
import { getScoreDescription, getScoreModifier } from "@mdn/mdn-http-observatory/src/grader/grader.js";
import { Requests } from "@mdn/mdn-http-observatory/src/types.js";

// The package leaves out the list of hosts that browsers know for https: ours is on none.
const { readFileSync } = fs;
fs.readFileSync = (path, ...how) => (`${path}`.endsWith("hsts-preload.json") ? "{}" : readFileSync(path, ...how));

const byEvaluator = (policy) =>
  new CspEvaluator(new CspParser(policy).csp)
    .evaluate()
    .filter((finding) => finding.severity <= Severity.MEDIUM)
    .map((finding) => `csp_evaluator: ${finding.directive} ${finding.value ?? ""}: ${finding.description}`);

const byObservatory = (headers) => {
  const requests = new Requests("intranet.example.com");
  const answer = { status: 200, headers, verified: true, url: "https://intranet.example.com/" };
  requests.session = { url: new URL(answer.url) };
  requests.responses.auto = requests.responses.https = requests.responses.cors = answer;
  requests.resources.path = "";
  return ALL_TESTS.filter((test) => test.name !== "redirectionTest")
    .map((test) => test(requests))
    .filter((output) => getScoreModifier(output.result) < 0)
    .map((output) => `Observatory: ${output.result}: ${getScoreDescription(output.result)}`);
};

const found = [];
for (const { name, headers } of await json(process.stdin)) {
  const policy = headers["content-security-policy"] ?? "";
  for (const what of [...byEvaluator(policy), ...byObservatory(headers)]) found.push(`${name}: ${what}`);
}
console.log(JSON.stringify(found));
