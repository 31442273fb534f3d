export interface Shape {
  readonly name: string;
  area(): number;
}

export class Circle implements Shape {
  readonly name = "circle";
  #radius: number;

  constructor(radius: number) {
    this.#radius = radius;
  }

  area() {
    return Math.PI * this.#radius ** 2;
  }
}

export class Rectangle implements Shape {
  readonly name = "rectangle";

  constructor(private width: number, private height: number) {}

  area() {
    return this.width * this.height;
  }
}

export class Unused {
  static count = 0;
}
