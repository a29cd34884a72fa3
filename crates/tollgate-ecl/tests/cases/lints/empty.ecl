# stage: lint
# Policies of the shop.
