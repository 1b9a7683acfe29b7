"""The keys of OpenCost's price file that have no meaning here. Data: the rest of its model `CustomPricing`.

With the keys that `prices` uses they are the model, of its newest version and of those before, since files
live long. `python -m tests.cost.opencost MODELS_GO` compares them with a version's own source.
"""

from __future__ import annotations

_NAMES = ("provider", "description", "clusterName", "clusterAccount", "projectID")
_NETWORK = (
    "zoneNetworkEgress",
    "regionNetworkEgress",
    "internetNetworkEgress",
    "natGatewayEgress",
    "natGatewayIngress",
    "firstFiveForwardingRulesCost",
    "additionalForwardingRuleCost",
    "LBIngressDataCost",
    "defaultLBPrice",
)
_OTHER_PRICES = ("gpuLabel", "gpuLabelValue", "n2SustainedUseDiscount", "currencyCode")
_BILLS = (
    "awsServiceKeyName",
    "awsServiceKeySecret",
    "awsSpotDataRegion",
    "awsSpotDataBucket",
    "awsSpotDataPrefix",
    "spotDataFeedEnabled",
    "athenaProjectID",
    "athenaBucketName",
    "athenaRegion",
    "athenaDatabase",
    "athenaCatalog",
    "athenaTable",
    "athenaWorkgroup",
    "masterPayerARN",
    "billingDataDataset",
    "azureSubscriptionID",
    "azureClientID",
    "azureClientSecret",
    "azureTenantID",
    "azureBillingRegion",
    "azureBillingAccount",
    "azureOfferDurableID",
    "azureStorageSubscriptionID",
    "azureStorageAccount",
    "azureStorageAccessKey",
    "azureStorageContainer",
    "azureContainerPath",
    "azureCloud",
    "alibabaServiceKeyName",
    "alibabaServiceKeySecret",
    "alibabaClusterRegion",
)
"""How a provider's bill is read; some are credentials."""
_PROGRAM = (
    "customPricesEnabled",
    "defaultIdle",
    "sharedOverhead",
    "sharedNamespaces",
    "sharedLabelNames",
    "sharedLabelValues",
    "shareTenancyCosts",
    "readOnly",
    "editorAccess",
    "kubecostToken",
    "googleAnalyticsTag",
    "excludeProviderID",
)
"""How the program behaves."""

SILENT = frozenset(_NAMES)
"""What nobody expects to change a price."""
UNUSED = frozenset((*_NAMES, *_NETWORK, *_OTHER_PRICES, *_BILLS, *_PROGRAM))
