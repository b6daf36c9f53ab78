"""All there is to see about one provider, in a drawer: how it is, its models, and what it can do."""

from pages.ui.provider_details.drawer import provider_details as provider_details
