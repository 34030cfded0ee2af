"""Profiles in the providers table, found by id or by family around a cell.

A provider's partition holds `PROFILE`, one `DAY#YYYY-MM-DD` per day with something reserved and one `OFFER#number` per
offer. Profiles and days are indexed under the cell of the provider's home and their family (`by_cell`): a search reads
the profiles and one day of a few cells, never the table.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from daojia.catalogue.model import Family
from daojia.kernel.geography import cell
from daojia.kernel.ids import ProviderId
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.transaction import Transaction
from daojia.providers.errors import ProviderChangedError, ProviderNotFoundError
from daojia.providers.model import Provider


class ProfilesByCell(GlobalSecondaryIndex["ProfileItem"]):
    class Meta:
        index_name = "by_cell"
        projection = AllProjection()

    cell_key = UnicodeAttribute(hash_key=True)
    cell_sk = UnicodeAttribute(range_key=True)


class ProfileItem(Table):
    """A provider's profile."""

    class Meta:
        table_name = table_name("PROVIDERS_TABLE")

    provider_id = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default="PROFILE")
    version = NumberAttribute()
    cell_key = UnicodeAttribute()
    cell_sk = UnicodeAttribute()
    body = Document(Provider)

    by_cell = ProfilesByCell()

    @classmethod
    def of(cls, provider: Provider) -> "ProfileItem":
        return cls(
            provider_id=provider.provider_id,
            version=provider.version,
            cell_key=cell_key_of(provider),
            cell_sk=f"PROFILE#{provider.provider_id}",
            body=provider,
        )


def cell_key(cell_name: str, family: Family) -> str:
    """The index partition of a family around a cell."""
    return f"{cell_name}#{family.value}"


def cell_key_of(provider: Provider) -> str:
    """The index partition a provider is in."""
    return cell_key(cell(provider.home), provider.family)


def find(provider_id: str) -> Provider | None:
    """The provider, strongly consistent; None when there is none."""
    try:
        return ProfileItem.get(provider_id, "PROFILE", consistent_read=True).body
    except ProfileItem.DoesNotExist:
        return None


def get(provider_id: str) -> Provider:
    """The provider, strongly consistent. ProviderNotFoundError when there is none."""
    provider = find(provider_id)
    if provider is None:
        raise ProviderNotFoundError(provider_id=provider_id)
    return provider


def around(cell_name: str, family: Family) -> list[Provider]:
    """Everyone of a family whose home lies in a cell."""
    found = ProfileItem.by_cell.query(cell_key(cell_name, family), ProfileItem.cell_sk.startswith("PROFILE#"))
    return [item.body for item in found]


def save(provider: Provider) -> None:
    """Write a profile as it is, whatever was there (loading data)."""
    ProfileItem.of(provider).save()


def create(tx: Transaction, provider: Provider) -> None:
    """Write a new profile. ProviderChangedError when this person has one."""
    changed = ProviderChangedError(provider_id=provider.provider_id)
    tx.put(ProfileItem.of(provider), condition=ProfileItem.provider_id.does_not_exist(), otherwise=changed)


def update(tx: Transaction, before: Provider, after: Provider) -> Provider:
    """Write a changed profile, one version later. ProviderChangedError when it is no longer as it was read."""
    after = after.model_copy(update={"version": before.version + 1})
    changed = ProviderChangedError(provider_id=ProviderId(before.provider_id))
    tx.put(ProfileItem.of(after), condition=ProfileItem.version == before.version, otherwise=changed)
    return after
