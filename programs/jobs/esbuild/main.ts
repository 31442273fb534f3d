import { Circle, Rectangle, type Shape } from "./shapes";
import colors from "./colors.json";

enum Unit {
  Millimetre = "mm",
  Inch = "in",
}

const shapes: Shape[] = [new Circle(2), new Rectangle(3, 4)];

export async function* areas(unit: Unit = Unit.Millimetre) {
  for (const shape of shapes) {
    yield `${shape.name}: ${shape.area().toFixed(2)} ${unit}² ${colors[shape.name] ?? "black"}`;
  }
}

(async () => {
  for await (const line of areas(Unit.Inch)) console.log(line);
})();
