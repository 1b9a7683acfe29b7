/** What part of the plane is seen: pan, zoom, fit. */

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const LEAST = 0.04;
const MOST = 2.5;
const READABLE = 0.85;
const LEGIBLE = 0.65;
const LARGEST_FIT = 1.15;
const MARGIN = 14;
const DRAG = 4;
const MOVE_MS = 220;

export class Camera {
  private x = 0;
  private y = 0;
  private zoom = 1;
  private frame = 0;
  private readonly pointers = new Map<number, readonly [number, number]>();
  private dragged = false;
  /** Whether a person moved it: then it stays where it is. */
  moved = false;
  /** Whether everything is to be seen beside what covers the right side: else it may be below it. */
  beside = false;

  constructor(
    private readonly stage: SVGSVGElement,
    private readonly plane: SVGGElement,
    private readonly calm: () => boolean,
    /** How much of the right side something else stands on, in px. */
    private readonly covered: () => number,
  ) {
    stage.addEventListener("wheel", this.wheel, { passive: false });
    stage.addEventListener("pointerdown", this.down);
    stage.addEventListener("pointermove", this.move);
    for (const end of ["pointerup", "pointercancel"] as const) stage.addEventListener(end, this.up);
    // A drag is no click.
    stage.addEventListener("click", (event) => this.dragged && event.stopImmediatePropagation(), true);
  }

  fit(area: Area, glide = false): void {
    const { clientHeight: height } = this.stage;
    const width = this.beside ? this.free() : this.stage.clientWidth;
    if (!width || !height || !area.width) return;
    const room = Math.min((width - 2 * MARGIN) / area.width, (height - 2 * MARGIN) / area.height);
    const zoom = Math.max(LEAST, Math.min(LARGEST_FIT, room));
    this.go(width / 2 - (area.x + area.width / 2) * zoom, height / 2 - (area.y + area.height / 2) * zoom, zoom, glide);
    this.moved = false;
  }

  /** Bring something into view, near enough to be read. */
  show(area: Area, glide = true): void {
    const { clientHeight: height } = this.stage;
    const width = this.free();
    const zoom = Math.max(this.zoom, READABLE);
    const [left, top] = [area.x * zoom + this.x, area.y * zoom + this.y];
    const inside = left > 0 && top > 0 && left + area.width * zoom < width && top + area.height * zoom < height;
    if (inside && zoom === this.zoom) return;
    this.moved = true;
    this.go(width / 2 - (area.x + area.width / 2) * zoom, height / 2 - (area.y + area.height / 2) * zoom, zoom, glide);
  }

  /** Zoom around the middle, or around a point of the stage. */
  zoomBy(factor: number, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2, glide = false): void {
    const zoom = Math.max(LEAST, Math.min(MOST, this.zoom * factor));
    const ratio = zoom / this.zoom;
    this.moved = true;
    this.go(x - (x - this.x) * ratio, y - (y - this.y) * ratio, zoom, glide);
  }

  /** Keep a point of the plane where it is on the screen, though it is elsewhere on the plane now. */
  follow(before: Area, after: Area): void {
    this.go(this.x + (before.x - after.x) * this.zoom, this.y + (before.y - after.y) * this.zoom, this.zoom, false);
  }

  /** The point of the plane in the middle of the stage. */
  middle(): readonly [number, number] {
    return [(this.stage.clientWidth / 2 - this.x) / this.zoom, (this.stage.clientHeight / 2 - this.y) / this.zoom];
  }

  /** The width on which nothing else stands, or all of it where that is narrow. */
  private free(): number {
    const { clientWidth: width } = this.stage;
    return width > 2 * this.covered() ? width - this.covered() : width;
  }

  /** Whether everything is in view, and large enough to be read with some care. */
  get whole(): boolean {
    return !this.moved && this.zoom >= LEGIBLE;
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
  }

  private go(x: number, y: number, zoom: number, glide: boolean): void {
    cancelAnimationFrame(this.frame);
    const from = [this.x, this.y, this.zoom] as const;
    if (!glide || this.calm()) return this.put(x, y, zoom);
    const begin = performance.now();
    const step = (now: number) => {
      const part = Math.min(1, Math.max(0, (now - begin) / MOVE_MS));
      const ease = 1 - (1 - part) ** 3;
      this.put(from[0] + (x - from[0]) * ease, from[1] + (y - from[1]) * ease, from[2] + (zoom - from[2]) * ease);
      if (part < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  private put(x: number, y: number, zoom: number): void {
    [this.x, this.y, this.zoom] = [x, y, zoom];
    this.plane.setAttribute("transform", `translate(${x} ${y}) scale(${zoom})`);
    // Far away only names of boxes can be read, so they grow.
    this.stage.style.setProperty("--far", String(Math.min(3.2, Math.max(1, 0.8 / zoom))));
    this.stage.classList.toggle("far", zoom < 0.42);
  }

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const box = this.stage.getBoundingClientRect();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    this.zoomBy(Math.exp(-event.deltaY * lines * 0.0016), event.clientX - box.x, event.clientY - box.y);
  };

  private readonly down = (event: PointerEvent): void => {
    if (event.button > 1) return;
    if (!this.pointers.size) this.dragged = false;
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
  };

  private readonly move = (event: PointerEvent): void => {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
    if (!this.dragged && Math.hypot(dx, dy) < DRAG) return;
    if (!this.dragged) this.stage.setPointerCapture(event.pointerId);
    this.dragged = this.moved = true;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const other = others[0]?.[1];
    if (other) this.pinch(last, [event.clientX, event.clientY], other);
    else this.go(this.x + dx, this.y + dy, this.zoom, false);
  };

  private pinch(last: readonly [number, number], now: readonly [number, number], other: readonly [number, number]): void {
    const box = this.stage.getBoundingClientRect();
    const far = (point: readonly [number, number]) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    this.zoomBy(far(now) / Math.max(1, far(last)), (now[0] + other[0]) / 2 - box.x, (now[1] + other[1]) / 2 - box.y);
  }

  private readonly up = (event: PointerEvent): void => {
    this.pointers.delete(event.pointerId);
  };
}
