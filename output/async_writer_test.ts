import assert from "node:assert/strict";
import fc from "fast-check";
import { RuntimeError } from "../base/errors.ts";
import { AsyncWriter, type ByteSink } from "./async_writer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Takes everything at once, and remembers each write. */
class MemorySink implements ByteSink {
  readonly writes: string[] = [];

  get text(): string {
    return this.writes.join("");
  }

  write(bytes: Uint8Array): Promise<number> {
    this.writes.push(decoder.decode(bytes));
    return Promise.resolve(bytes.length);
  }
}

/** Holds each write until the test lets it go. */
class HeldSink implements ByteSink {
  readonly writes: { text: string; take: (count?: number) => void; fail: (error: Error) => void }[] = [];

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.writes.push({
        text: decoder.decode(bytes),
        take: (count = bytes.length) => resolve(count),
        fail: reject,
      });
    });
  }
}

/** What the kernel's pipe does: up to `chunk` bytes at once or nothing, and then an error. */
function failing(error: Error, after: string[]): ByteSink {
  return {
    write(bytes) {
      const taken = after.shift();
      if (taken === undefined) return Promise.reject(error);
      assert.ok(decoder.decode(bytes).startsWith(taken));
      return Promise.resolve(encoder.encode(taken).length);
    },
  };
}

/** Commits `line` and its newline as a record. */
function put(writer: AsyncWriter, line: string): boolean {
  const bytes = encoder.encode(`${line}\n`);
  const at = writer.reserve(bytes.length);
  writer.bytes.set(bytes, at);
  return writer.commit(at + bytes.length);
}

/** Lets what is ready run. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

const noSpace = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });

Deno.test("AsyncWriter writes what is committed in one turn by one write, and at once", async () => {
  const sink = new MemorySink();
  const writer = new AsyncWriter(sink);
  put(writer, "a");
  put(writer, "b");
  assert.equal(sink.text, "");
  await Promise.resolve();
  assert.deepEqual(sink.writes, ["a\nb\n"]);
  assert.equal(await writer.flush(), true);
  assert.deepEqual([writer.written, writer.dropped, writer.queuedBytes], [2, 0, 0]);
});

Deno.test("AsyncWriter has one write under way, and gathers what comes meanwhile", async () => {
  const sink = new HeldSink();
  const writer = new AsyncWriter(sink);
  put(writer, "1");
  await turn();
  for (const line of ["2", "3", "4"]) put(writer, line);
  await turn();
  assert.deepEqual(sink.writes.map(({ text }) => text), ["1\n"]);
  assert.equal(writer.queuedBytes, 8);
  sink.writes[0]?.take();
  await turn();
  assert.deepEqual(sink.writes.map(({ text }) => text), ["1\n", "2\n3\n4\n"]);
  sink.writes[1]?.take();
  assert.equal(await writer.flush(), true);
  assert.equal(writer.written, 4);
});

Deno.test("AsyncWriter divides what waits into chunks of whole lines", async () => {
  const sink = new MemorySink();
  const writer = new AsyncWriter(sink, { chunkBytes: 10 });
  for (const line of ["aaaa", "bbbb", "cccc", "longer than a chunk", "d"]) put(writer, line);
  await writer.flush();
  assert.deepEqual(sink.writes, ["aaaa\nbbbb\n", "cccc\n", "longer than a chunk\n", "d\n"]);
});

Deno.test("AsyncWriter goes on where a sink took only a part", async () => {
  const sink = new HeldSink();
  const writer = new AsyncWriter(sink);
  put(writer, "hello");
  await turn();
  sink.writes[0]?.take(2);
  await turn();
  assert.equal(sink.writes[1]?.text, "llo\n");
  assert.equal(writer.written, 0);
  assert.equal(writer.queuedBytes, 4);
  sink.writes[1]?.take();
  assert.equal(await writer.flush(), true);
  assert.equal(writer.written, 1);
});

Deno.test("AsyncWriter drops whole lines when the queue is full, and takes them again when it is not", async () => {
  const sink = new HeldSink();
  const writer = new AsyncWriter(sink, { capacityBytes: 8 });
  assert.equal(put(writer, "123"), true);
  await turn();
  assert.equal(put(writer, "456"), true);
  assert.equal(put(writer, ""), false);
  assert.deepEqual([writer.written, writer.dropped, writer.queuedBytes], [0, 1, 8]);
  sink.writes[0]?.take();
  await turn();
  assert.equal(put(writer, "789"), true);
  sink.writes[1]?.take();
  await turn();
  sink.writes[2]?.take();
  assert.equal(await writer.flush(), true);
  assert.equal(sink.writes.map(({ text }) => text).join(""), "123\n456\n789\n");
  assert.deepEqual([writer.written, writer.dropped], [3, 1]);
});

Deno.test("AsyncWriter does not count lines that are no records", async () => {
  const writer = new AsyncWriter(new MemorySink(), { capacityBytes: 16 });
  assert.equal(writer.writeLine("Method"), true);
  put(writer, "GET");
  assert.equal(writer.writeLine("too long for the queue"), false);
  await writer.flush();
  assert.deepEqual([writer.written, writer.dropped], [1, 0]);
});

Deno.test("AsyncWriter.writeLine() encodes text beyond ASCII", async () => {
  const sink = new MemorySink();
  const writer = new AsyncWriter(sink);
  writer.writeLine("日本語 …");
  await writer.flush();
  assert.equal(sink.text, "日本語 …\n");
});

Deno.test("AsyncWriter ends at a broken pipe without an error, and counts what nobody read", async () => {
  const writer = new AsyncWriter(failing(new Deno.errors.BrokenPipe("broken"), ["Method\n", "a\nb\n"]), {
    chunkBytes: 4,
  });
  writer.writeLine("Method");
  for (const line of ["a", "b", "c"]) put(writer, line);
  assert.equal(await writer.closed, "broken-pipe");
  assert.equal(writer.end, "broken-pipe");
  assert.equal(put(writer, "d"), false);
  assert.deepEqual([writer.written, writer.dropped, writer.queuedBytes], [2, 2, 0]);
  assert.equal(await writer.flush(), false);
});

Deno.test("AsyncWriter says that the disk is full, and counts the lines that are whole on it", async () => {
  const writer = new AsyncWriter(failing(noSpace, ["a\nbb\nc"]), { name: "/tmp/out" });
  for (const line of ["a", "bb", "cc", "d"]) put(writer, line);
  const end = await writer.closed;
  assert.ok(end instanceof RuntimeError);
  assert.equal(end.message, "Cannot write to /tmp/out: the disk is full");
  assert.match(end.hint, /--output-file/);
  assert.equal(end.cause, noSpace);
  assert.deepEqual([writer.written, writer.dropped], [2, 2]);
});

Deno.test("AsyncWriter passes on why else a sink failed", async () => {
  const writer = new AsyncWriter(failing(new Error("Input/output error (os error 5)"), []));
  put(writer, "a");
  const end = await writer.closed;
  assert.ok(end instanceof RuntimeError);
  assert.equal(end.message, "Cannot write to standard output: Input/output error (os error 5)");
});

Deno.test("AsyncWriter tries again when the sink is non-blocking and full", async () => {
  const sink = new MemorySink();
  let refusals = 2;
  const writer = new AsyncWriter({
    write: (bytes) => refusals-- > 0 ? Promise.reject(new Deno.errors.WouldBlock("full")) : sink.write(bytes),
  });
  put(writer, "a");
  assert.equal(await writer.flush(), true);
  assert.equal(sink.text, "a\n");
});

Deno.test("AsyncWriter.flush() gives up at its deadline when nobody reads", async () => {
  const sink = new HeldSink();
  const writer = new AsyncWriter(sink);
  put(writer, "a");
  assert.equal(await writer.flush(1), false);
  assert.equal(writer.end, undefined);
  await turn();
  sink.writes[0]?.take();
  assert.equal(await writer.flush(1000), true);
});

Deno.test("AsyncWriter.flush() tells that a line was dropped at its end by a broken pipe", async () => {
  const sink = new HeldSink();
  const writer = new AsyncWriter(sink);
  put(writer, "a");
  const flushed = writer.flush();
  await turn();
  sink.writes[0]?.fail(new Deno.errors.BrokenPipe("broken"));
  assert.equal(await flushed, false);
});

Deno.test("AsyncWriter.close() counts what was not written as dropped, and is idempotent", async () => {
  const sink = new HeldSink();
  const writer = new AsyncWriter(sink, { chunkBytes: 2 });
  for (const line of ["a", "b", "c"]) put(writer, line);
  await turn();
  sink.writes[0]?.take();
  await turn();
  await writer.close(1);
  await writer.close(1);
  assert.equal(writer.end, "closed");
  assert.deepEqual([writer.written, writer.dropped], [1, 2]);
  sink.writes[1]?.take();
  await turn();
  assert.deepEqual([writer.written, writer.dropped], [2, 1], "the write that was under way ended after all");
  assert.equal(sink.writes.length, 2, "and no other began");
});

Deno.test("AsyncWriter is disposed of with await using", async () => {
  const sink = new MemorySink();
  {
    await using writer = new AsyncWriter(sink);
    put(writer, "a");
  }
  assert.equal(sink.text, "a\n");
});

Deno.test("AsyncWriter keeps order, whole lines and exact counts, whatever the sink does", async () => {
  const line = fc.record({
    text: fc.string({ maxLength: 30 }).map((text) => text.replaceAll("\n", "")),
    counted: fc.boolean(),
    pause: fc.boolean(),
  });
  await fc.assert(fc.asyncProperty(
    fc.array(line, { maxLength: 60 }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
    fc.integer({ min: 20, max: 400 }),
    fc.option(fc.integer({ min: 0, max: 30 })),
    async (lines, counts, capacityBytes, breakAfter) => {
      let got = "";
      let calls = 0;
      const sink: ByteSink = {
        async write(bytes) {
          if (calls === breakAfter) throw new Deno.errors.BrokenPipe("broken");
          const count = Math.min(bytes.length, counts[calls++ % counts.length] ?? 1);
          const before = bytes.slice(0, count);
          if (calls % 3 === 0) await turn();
          assert.deepEqual(bytes.slice(0, count), before, "bytes changed during a write");
          got += decoder.decode(before, { stream: false });
          return count;
        },
      };
      const writer = new AsyncWriter(sink, { capacityBytes, chunkBytes: 64 });
      let expected = "";
      let records = 0;
      for (const { text, counted, pause } of lines) {
        const ascii = text.replace(/[^ -~]/g, "?");
        const bytes = encoder.encode(`${ascii}\n`);
        const at = writer.reserve(bytes.length);
        writer.bytes.set(bytes, at);
        if (counted) records++;
        if (writer.commit(at + bytes.length, counted)) expected += `${ascii}\n`;
        if (pause) await turn();
      }
      await writer.flush();
      await writer.close();
      assert.equal(writer.written + writer.dropped, records);
      assert.ok(expected.startsWith(got));
      if (writer.end === "closed") assert.equal(got, expected);
    },
  ));
});

Deno.test("AsyncWriter leaves a stopped reader whole lines, as many as it counts", async () => {
  const module = new URL("./async_writer.ts", import.meta.url).href;
  const program = `
    import { AsyncWriter } from ${JSON.stringify(module)};
    const writer = new AsyncWriter(Deno.stdout);
    for (let i = 0; i < 20000; i++) {
      const bytes = new TextEncoder().encode("GET        /" + i + "\\n");
      const at = writer.reserve(bytes.length);
      writer.bytes.set(bytes, at);
      writer.commit(at + bytes.length);
    }
    await writer.close(100);
    Deno.stderr.writeSync(new TextEncoder().encode(writer.written + " " + writer.dropped));
    Deno.exit(0);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", program],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [written, dropped] = (await new Response(child.stderr).text()).split(" ").map(Number);
  const lines = (await new Response(child.stdout).text()).split("\n");
  assert.equal((await child.status).code, 0);
  assert.equal(lines.pop(), "", "the last line is whole");
  assert.equal(lines.length, written);
  assert.equal(Number(written) + Number(dropped), 20000);
  assert.ok(Number(dropped) > 0, "the pipe was full");
  assert.ok(lines.every((line, index) => line === `GET        /${index}`));
});
