"""`python -m infra.local.demo_data`: what the demo world holds, in figures. Writes nothing."""

from collections import Counter

from infra.local.demo_data.density import reaches, served_streets, works
from infra.local.demo_data.workforce import density
from infra.local.demo_data.world import load
from infra.local.identity import APPID


def main() -> None:
    world = load(APPID)
    promised, streets = density(world.areas), served_streets(world.areas)
    served = sum(area.active for area in world.areas)
    print(f"{served} districts served, {len(world.areas) - served} not yet, {len(streets)} streets served")
    print(f"{len(world.services)} services, {len(world.providers)} providers, {len(world.accounts)} accounts")
    for family, count in Counter(provider.family for provider in world.providers).items():
        print(f"  {family}: {count}")
    print("Fewest people within reach through the whole window, at central streets and everywhere:")
    for service in world.services:
        skilled = [provider for provider in world.providers if service.service_id in provider.service_ids]
        fewest = {
            street.name: min(
                sum(works(provider, weekday, promised.window) and reaches(provider, street) for provider in skilled)
                for weekday in range(7)
            )
            for street in streets
        }
        central = min(fewest[name] for name in promised.central_streets)
        price = f"¥{service.quote().total_fen / 100:.2f}"
        figures = f"{central:3d} {min(fewest.values()):3d}  of {len(skilled):3d}  {price:>8}"
        print(f"  {figures}  {service.minutes:3d} min  {service.name}")


if __name__ == "__main__":
    main()
