/** Listeners and timers that end with a scope. */

/** Calls `handler` at each such signal. */
export function listen(stack: DisposableStack, signal: Deno.Signal, handler: () => void): void {
  Deno.addSignalListener(signal, handler);
  stack.defer(() => Deno.removeSignalListener(signal, handler));
}

/** Calls `action` again and again. */
export function every(stack: DisposableStack, milliseconds: number, action: () => void): void {
  const timer = setInterval(action, milliseconds);
  stack.defer(() => clearInterval(timer));
}

/** Calls `action` once. */
export function after(stack: DisposableStack, milliseconds: number, action: () => void): void {
  // A timer's delay is a 32-bit number; longer than 24 days is for ever.
  if (milliseconds > 2 ** 31 - 1) return;
  const timer = setTimeout(action, milliseconds);
  stack.defer(() => clearTimeout(timer));
}
