import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "./errors.ts";
import { headerName } from "./header_name.ts";

Deno.test("headerName() has the name as Go holds it", () => {
  const names = ["user-agent", "USER-AGENT", "x-request-id", "etag", "sec-ch-ua", "x_under_score", "x-1a"];
  assert.deepEqual(names.map((name) => headerName(`header:${name}`)?.name), [
    "User-Agent",
    "User-Agent",
    "X-Request-Id",
    "Etag",
    "Sec-Ch-Ua",
    "X_under_score",
    "X-1a",
  ]);
  assert.deepEqual(headerName("Header:accept"), { name: "Accept", key: "header:Accept", isSecret: false });
});

Deno.test("headerName() knows the headers that open doors", () => {
  const isSecret = (name: string) => headerName(`header:${name}`)?.isSecret;
  const secret = [
    ...[
      "Authorization",
      "Proxy-Authorization",
      "Cookie",
      "X-Api-Key",
      "Apikey",
      "X-Auth-Token",
      "X-CSRF-Token",
    ],
    ...[
      "X-Amz-Security-Token",
      "Private-Token",
      "X-Vault-Token",
      "X-Session-Id",
      "X-Hub-Signature",
      "X-Secret",
    ],
    ...["X-Xsrf-Token", "X-Amzn-Oidc-Accesstoken", "X-Forwarded-Access-Token", "X-Goog-Iap-Jwt-Assertion"],
    ...["Api_Key", "X-Hub-Signature-256", "X-Auth", "Cf-Access-Client-Secret", "X-Apikey", "X-Accesstoken"],
  ];
  assert.deepEqual(secret.filter((name) => !isSecret(name)), []);
  const open = [
    ...[
      "User-Agent",
      "Accept",
      "Referer",
      "X-Request-Id",
      "Traceparent",
      "X-Forwarded-For",
      "Content-Type",
      "Host",
    ],
    ...["Author", "X-Authored-By", "Keyboard", "X-Tokenizer", "Sec-Websocket-Key", "Idempotency-Key"],
  ];
  assert.deepEqual(open.filter(isSecret), []);
});

Deno.test("headerName() leaves other columns alone", () => {
  for (const name of ["path", "header", "headers", "", "xheader:a"]) {
    assert.equal(headerName(name), undefined, name);
  }
});

Deno.test("headerName() refuses what no header can be called, and what is too long", () => {
  for (const name of ["", "a b", "ä", "a:b", "a\nb", 'a"b', "x".repeat(65)]) {
    assert.throws(() => headerName(`header:${name}`), UsageError, name);
  }
  assert.equal(headerName(`header:${"x".repeat(64)}`)?.name.length, 64);
});

Deno.test("headerName() takes any token, and its own answer", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/), (text) => {
      const header = headerName(`header:${text}`);
      assert.equal(header?.name.toLowerCase(), text.toLowerCase());
      assert.deepEqual(headerName(header!.key), header);
    }),
  );
});
