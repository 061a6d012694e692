"""The organiser's side of the service: commands there, events back. What is named here is light; `service` is not."""

from ecm_tui.client.address import Address
from ecm_tui.client.items import Account, CaughtUp, ConnectionState, Done, Fact

__all__ = ["Account", "Address", "CaughtUp", "ConnectionState", "Done", "Fact"]
