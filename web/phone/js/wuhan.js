// Wuhan on a sheet: where things lie on the drawing, and its rivers and lakes. Districts and streets come from the
// platform's own areas. Coordinates GCJ-02, [lng, lat].

const WEST = 114.13;
const NORTH = 30.71;
const SCALE = 913;
const SHRINK = Math.cos((30.58 * Math.PI) / 180);
export const WIDTH = 330;
export const HEIGHT = 258;

/** Onto the drawing. */
export function onMap(lng, lat) {
  return [Math.round((lng - WEST) * SHRINK * SCALE * 10) / 10, Math.round((NORTH - lat) * SCALE * 10) / 10];
}

/** And back. */
export function fromMap(x, y) {
  return { lng: WEST + x / SHRINK / SCALE, lat: NORTH - y / SCALE };
}

export const YANGTZE = [[114.2, 30.38], [114.21, 30.415], [114.235, 30.46], [114.25, 30.488], [114.268, 30.508], [114.283, 30.53], [114.2895, 30.548], [114.296, 30.562], [114.303, 30.574], [114.315, 30.59], [114.325, 30.602], [114.345, 30.625], [114.36, 30.64], [114.38, 30.655], [114.405, 30.675], [114.44, 30.685], [114.48, 30.685], [114.6, 30.675]];
export const HAN_RIVER = [[114.06, 30.62], [114.11, 30.6], [114.14, 30.588], [114.175, 30.598], [114.2, 30.588], [114.222, 30.574], [114.238, 30.572], [114.255, 30.566], [114.272, 30.562], [114.2885, 30.561], [114.297, 30.564]];
export const LAKES = [
  { name: "东湖", at: [114.401, 30.559], shape: [[114.368, 30.566], [114.378, 30.582], [114.396, 30.588], [114.418, 30.578], [114.432, 30.56], [114.42, 30.541], [114.402, 30.533], [114.38, 30.545]] },
  { name: "南湖", at: [114.35, 30.499], shape: [[114.34, 30.503], [114.352, 30.508], [114.372, 30.502], [114.366, 30.494], [114.346, 30.495]] },
  { name: "沙湖", at: [114.332, 30.57], shape: [[114.323, 30.572], [114.332, 30.579], [114.342, 30.571], [114.333, 30.563]] },
  { name: "墨水湖", at: [114.238, 30.541], shape: [[114.226, 30.543], [114.24, 30.548], [114.254, 30.541], [114.24, 30.534]] },
  { name: "金银湖", at: [114.195, 30.645], shape: [[114.18, 30.645], [114.192, 30.655], [114.2, 30.648], [114.196, 30.638]] },
];

const onSheet = (lng, lat) => {
  const [x, y] = onMap(lng, lat);
  return x > 6 && x < WIDTH - 6 && y > 8 && y < HEIGHT - 4;
};

let known;

/** Districts with their streets on the sheet; asked for once. */
export async function places() {
  known ??= fetch("/api/places")
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error("no places"))))
    .then(({ city, districts }) =>
      districts.map((district) => ({
        ...district,
        streets: district.streets
          .filter((street) => onSheet(street.lng, street.lat))
          .map((street) => ({ ...street, district: district.name, label: `${city}${district.name}${street.name}` })),
      })),
    )
    .catch(() => ((known = undefined), []));
  return known;
}

/** Where a district's name stands: amid its streets. */
export function middle(district) {
  const sum = (field) => district.streets.reduce((total, street) => total + street[field], 0) / district.streets.length;
  return [sum("lng"), sum("lat")];
}
