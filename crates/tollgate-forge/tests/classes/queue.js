// Events in the order of their times, and what listens to them.
/*interface Listener {
  hear(event: Event): boolean;
  name: string;
}
type Handler = (event: Event) => void;*/

class Event {
  time/*: number*/;
  name/*: string*/;
  value/*: number*/;
  cancelled = false;
  constructor(time/*: number*/, name/*: string*/, value/*: number*/ = 0) {
    this.time = time;
    this.name = name;
    this.value = value;
  }
  isBefore(other/*: Event*/)/*: boolean*/ {
    return this.time < other.time;
  }
  cancel()/*: void*/ {
    this.cancelled = true;
  }
}

class Repeated extends Event {
  every/*: number*/;
  left/*: number*/;
  constructor(time/*: number*/, name/*: string*/, every/*: number*/, left/*: number*/) {
    super(time, name, left);
    this.every = every;
    this.left = left;
  }
  again()/*: Repeated | null*/ {
    if (this.left <= 1) return null;
    return new Repeated(this.time + this.every, this.name, this.every, this.left - 1);
  }
}

class Heap {
  #items/*: Event[]*/ = [];
  get size()/*: number*/ {
    return this.#items.length;
  }
  push(event/*: Event*/)/*: void*/ {
    const items = this.#items;
    items.push(event);
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!items[at].isBefore(items[parent])) break;
      [items[at], items[parent]] = [items[parent], items[at]];
      at = parent;
    }
  }
  pop()/*: Event | undefined*/ {
    const items = this.#items;
    if (items.length === 0) return undefined;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) {
      items[0] = last;
      this.#sink(0);
    }
    return first;
  }
  #sink(start/*: number*/)/*: void*/ {
    const items = this.#items;
    let at = start;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < items.length && items[child].isBefore(items[least])) least = child;
      }
      if (least === at) return;
      [items[at], items[least]] = [items[least], items[at]];
      at = least;
    }
  }
}

class Subscription {
  #closed = false;
  #stop/*: () => void*/;
  constructor(stop/*: () => void*/) {
    this.#stop = stop;
  }
  close()/*: boolean*/ {
    if (this.#closed) return false;
    this.#closed = true;
    this.#stop();
    return true;
  }
}

class Emitter {
  #handlers/*: (Handler | null)[]*/ = [];
  on(handler/*: Handler*/)/*: Subscription*/ {
    const at = this.#handlers.length;
    this.#handlers.push(handler);
    return new Subscription(() => {
      this.#handlers[at] = null;
    });
  }
  emit(event/*: Event*/)/*: number*/ {
    let count = 0;
    for (const handler of this.#handlers) {
      if (handler !== null && !event.cancelled) {
        handler(event);
        count++;
      }
    }
    return count;
  }
}

class Simulation extends Emitter {
  static readonlyLimit = 100;
  now = 0;
  done = 0;
  log/*: string[]*/ = [];
  queue = new Heap();
  listeners/*: Listener[]*/ = [];
  at(time/*: number*/, name/*: string*/, value/*: number*/ = 1)/*: this*/ {
    this.queue.push(new Event(time, name, value));
    return this;
  }
  every(period/*: number*/, name/*: string*/, times/*: number*/)/*: this*/ {
    this.queue.push(new Repeated(this.now + period, name, period, times));
    return this;
  }
  emit(event/*: Event*/)/*: number*/ {
    const heard = this.listeners.filter((listener) => listener.hear(event)).map((listener) => listener.name);
    const count = super.emit(event);
    this.log.push(`${event.time} ${event.name}=${event.value}${event.cancelled ? " cancelled" : ""} ${count} [${heard.join(",")}]`);
    return count;
  }
  run()/*: number*/ {
    while (this.queue.size > 0 && this.done < Simulation.readonlyLimit) {
      const event = this.queue.pop();
      if (event === undefined) break;
      this.now = event.time;
      this.done++;
      this.emit(event);
      if (event instanceof Repeated) {
        const next = event.again();
        if (next !== null) this.queue.push(next);
      }
    }
    return this.done;
  }
}

class Counter /*implements Listener*/ {
  name/*: string*/;
  #only/*: string*/;
  total = 0;
  constructor(only/*: string*/) {
    this.name = `counts ${only}`;
    this.#only = only;
  }
  hear(event/*: Event*/)/*: boolean*/ {
    if (event.name !== this.#only) return false;
    this.total += event.value;
    return true;
  }
}

class Guard extends Counter {
  max/*: number*/;
  constructor(only/*: string*/, max/*: number*/) {
    super(only);
    this.max = max;
  }
  hear(event/*: Event*/)/*: boolean*/ {
    const heard = super.hear(event);
    if (heard && this.total > this.max) {
      event.cancel();
      this.name = "guard";
    }
    return heard;
  }
}

export function handle(input/*: string*/)/*: string*/ {
  const simulation = new Simulation();
  const ticks = new Counter("tick");
  const guard = new Guard("order", 10);
  let silent = 0;
  const quiet/*: Listener*/ = {
    name: "quiet",
    hear: (event) => {
      silent += event.time;
      return event.value > 4;
    },
  };
  simulation.listeners.push(ticks, guard, quiet);
  simulation.every(3, "tick", 5).at(4, "order", 6).at(9, "order", 7).at(1, "start").at(20, "order", 1);
  const seen/*: string[]*/ = [];
  const all = simulation.on((event) => {
    seen.push(event.name);
    if (event.name === "start") simulation.every(2, "pulse", 3);
  });
  simulation.on((event) => {
    if (event.time > 10 && all.close()) seen.push("closed");
  });
  const done = simulation.run();
  const lines = [...simulation.log, seen.join(" "), `${done} ${ticks.total} ${guard.total} ${silent} ${all.close()}`];
  return lines.join("\n") + input;
}
