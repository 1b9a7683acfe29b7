"""What the reasons that people meet mean, what to look at, and what helps. docs/reasons/ is made of it.

Reasons of others (controllers, kubelets, custom resources) are open: one that is not here is told as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """One reason."""

    means: str
    look: str
    helps: str


_PROBE = Entry(
    "A probe of the kubelet fails: the container runs and does not answer as it should.",
    "The message: it has the probe's answer (a status code, a refused connection, a timeout).",
    "Correct the probe's port and path, give the program time by a startup probe, or fix the program.",
)
_MOUNT = Entry(
    "The node cannot mount a volume of the Pod, so no container starts.",
    "The message: it names the volume, and the ConfigMap, Secret, key or claim that is wrong.",
    "Create what is missing. A volume that is still attached to a lost node has to be detached first.",
)
_SANDBOX = Entry(
    "The node cannot make the Pod's sandbox: its network or its container runtime fails.",
    "The message, and other Pods on the same Node; the Pods of the network plugin on it.",
    "Fix the network plugin (addresses used up, its Pod not running) or drain the node.",
)
_PRESSURE = Entry(
    "A node is short of a resource, so it takes no new Pods and evicts some of its Pods.",
    "What uses this resource on the node: `kubectl describe node`, `kubectl top pods`.",
    (
        "Free the resource, move Pods away, or set requests and limits so that the scheduler knows what "
        "Pods need."
    ),
)
_CLAIM = Entry(
    "A volume for a claim cannot be created or bound.",
    "The message, the StorageClass of the claim, and the log of its provisioner.",
    "Name a StorageClass that exists, free quota at the provider, or fix the provisioner.",
)
_RESIZE = Entry(
    "A volume cannot be expanded to the size in its claim.",
    "The message: it has the error of the driver or of the node. Whether the StorageClass allows expansion.",
    "Fix what the driver names: its quota, its log. Some file systems grow only when the Pod starts again.",
)
_LOAD_BALANCER = Entry(
    "The load balancer controller cannot create or update a load balancer.",
    "The message: it has the provider's own error.",
    "Correct the annotations or the quota at the provider. Until then no address is given.",
)
_DOWN = Entry(
    "Fewer replicas are ready than are wanted.",
    "The causes: the Pods say why they are not ready, or why there are none.",
    "Fix the cause. After a rollout, `kubectl rollout undo` restores the old state.",
)
_CUSTOM = Entry(
    "A condition of the object, written by its controller, says that the object is not as wanted.",
    "The message, which is the controller's own, and the controller's log.",
    "Do what the message asks for. If the controller does not run, fix that first.",
)
_UNAVAILABLE = Entry(
    "An API, a webhook or an aggregated API server cannot be reached.",
    "Its Service and the Pods behind it: they are among the causes.",
    "Bring the Service's Pods back. Until then a webhook may fail open (`failurePolicy: Ignore`).",
)
_NODE_LOST = Entry(
    "The node's kubelet does not report any more: it is down, or cannot reach the API server.",
    "The machine and its network; whether several nodes of one zone are lost.",
    (
        "Restart or replace the machine. Its Pods are replaced on other nodes after some minutes; Pods "
        "with volumes often are not."
    ),
)

_SCHEDULE = Entry(
    "A CronJob has not run when it should have.",
    "The message, its schedule and time zone, and whether Jobs may be created in its namespace.",
    (
        "Correct the schedule, free the quota, or set `startingDeadlineSeconds`, so that older times do "
        "not count."
    ),
)

REASONS: Mapping[str, Entry] = {
    "Active": Entry(
        "A Job runs, or waits for its Pods.",
        "Its Pods, and whether it has run for longer than it usually does.",
        "Nothing, while it runs. Set `activeDeadlineSeconds` to end a Job that hangs.",
    ),
    "AddressNotAssigned": Entry(
        "A Gateway has no address yet.",
        "Its controller, and whether the cluster can give addresses to load balancers.",
        "Install or fix the controller that assigns addresses, or name a free address.",
    ),
    "AllocationFailed": _LOAD_BALANCER,
    "AtRest": Entry(
        "kube-green, an autoscaler, a downscaler or a person scaled it to zero on purpose. It is healthy.",
        "The message: it says who scaled it and since when. The sleep dashboard says until when.",
        "Nothing. To wake it, scale it up, or wake its environment.",
    ),
    "Attaching": Entry(
        "A volume should be attached to a node, and its driver has reported nothing yet.",
        "How long: some seconds are normal. Then the Pods of the driver's controller, and their log.",
        "Bring the driver's controller back, or install the driver that the VolumeAttachment names.",
    ),
    "BackendsUnavailable": Entry(
        "Nothing behind an Ingress or a route can answer.",
        "The causes: which Services, and why they have no ready Pods.",
        "Fix the cause, or correct the name or the port of the backend.",
    ),
    "BackoffLimitExceeded": Entry(
        "A Job's Pods failed more often than `backoffLimit` allows.",
        "How its Pods ended: they are among the causes.",
        "Fix the cause, delete the Job, and run it again.",
    ),
    "CNIError": _SANDBOX,
    "Completed": Entry(
        "A container that should keep running ends without an error, again and again.",
        "Its command: a shell without a terminal, a script that ends, a program that goes to the background.",
        "Let the program run in the foreground, or use a Job.",
    ),
    "ContainerCannotRun": Entry(
        "The runtime could not start the container's process.",
        "The message: usually the command does not exist in the image, or may not be executed.",
        "Correct `command`, `args` or the image.",
    ),
    "ContainerCreating": Entry(
        "A Pod has its node, and its containers are being created.",
        "How long: some seconds are normal, minutes are not. If not, a volume or the network delays it.",
        "Wait; then see the Events of the Pod.",
    ),
    "ContainersNotReady": Entry(
        "Containers run and are not ready: their readiness probe has not succeeded.",
        "Their logs, and what the program waits for: a database, a migration, a certificate.",
        "Fix what it waits for. If a probe never succeeds, check its port and path.",
    ),
    "ContainerStatusUnknown": Entry(
        (
            "The kubelet does not know the state of the container: its node was restarted, or it was "
            "removed from outside."
        ),
        "The node, and whether the Pod is replaced.",
        "Delete the Pod if nothing replaces it.",
    ),
    "ControllerResizeError": _RESIZE,
    "CrashLoopBackOff": Entry(
        "A container ends again and again, and the kubelet waits longer each time.",
        "The exit code and the last lines in the message; `kubectl logs --previous`; recent changes.",
        "Fix what the program reports: a missing variable, a file, a database. Or undo the last rollout.",
    ),
    "CreateContainerConfigError": Entry(
        "The kubelet cannot build the container's configuration.",
        (
            "The message: it names the ConfigMap, Secret or key that is missing, or the user that is not "
            "allowed."
        ),
        "Create the object or the key, or correct the reference.",
    ),
    "CreateContainerError": Entry(
        "The runtime refused to create the container.",
        "The message: a name that is taken, a path that cannot be mounted, an option that is not allowed.",
        "Correct what it names; if it is stuck, delete the Pod.",
    ),
    "DeadlineExceeded": Entry(
        "A Job or a rollout took longer than its deadline.",
        "What its Pods waited for; whether the deadline is long enough.",
        "Fix the cause or raise the deadline, then run it again.",
    ),
    "DeploymentPaused": Entry(
        "The rollout of a Deployment is paused, so a new template creates no Pods.",
        "Who paused it, and why: `spec.paused`.",
        "`kubectl rollout resume` continues it.",
    ),
    "DiskPressure": _PRESSURE,
    "ErrImageNeverPull": Entry(
        "The image is not on the node, and `imagePullPolicy: Never` forbids to pull it.",
        "The image's name, and which nodes have it.",
        "Load the image onto the node, or allow to pull it.",
    ),
    "Evicted": Entry(
        "The kubelet ended the Pod because its node was short of a resource.",
        "The message: it names the resource. The Node's conditions.",
        "Set requests that fit. You may delete evicted Pods that their controller has replaced.",
    ),
    "ExternalExpandFailed": _RESIZE,
    "ExternalExpanding": Entry(
        "A claim waits for an external resizer to expand its volume.",
        "The resizer of the provisioner.",
        "Fix the resizer; the claim continues by itself.",
    ),
    "Failed": Entry(
        "It ended with an error.",
        "The message: exit code, signal and last lines.",
        "Fix the cause and run it again.",
    ),
    "FailedAttachVolume": Entry(
        "A volume of a Pod cannot be attached to its node, so no container starts.",
        "The message: it has the driver's error, or says that the volume is attached to another node.",
        "Correct what the driver names. If the volume is attached to a lost node, detach it first.",
    ),
    "FailedBinding": _CLAIM,
    "FailedBuildModel": _LOAD_BALANCER,
    "FailedCreate": Entry(
        "A controller cannot create Pods: quota, admission or a webhook refuses them.",
        "The message: it has the refusal in the API server's own words.",
        "Raise the quota, correct what admission refuses, or bring the webhook back.",
    ),
    "FailedCreatePodSandBox": _SANDBOX,
    "FailedDeployModel": _LOAD_BALANCER,
    "FailedDiscoveryCheck": _UNAVAILABLE,
    "FailedGetResourceMetric": Entry(
        "An autoscaler gets no metrics, so it does not scale.",
        "Whether metrics-server runs, and whether the containers have requests for the measured resource.",
        "Bring metrics-server back, or set requests.",
    ),
    "FailedGetScale": Entry(
        "An autoscaler does not find the workload that it should scale.",
        "The kind and name in its `scaleTargetRef`.",
        "Correct the reference, or delete the autoscaler.",
    ),
    "FailedKillPod": Entry(
        "The node cannot end a Pod.",
        "The message, and the container runtime of the node.",
        "Restart the runtime; if that does not help, drain and restart the node.",
    ),
    "FailedMapVolume": _MOUNT,
    "FailedMount": _MOUNT,
    "FailedPodSandBoxStatus": _SANDBOX,
    "FailedPostStartHook": Entry(
        "The command that a container runs right after its start fails, so the kubelet stops the container.",
        "The message, and `lifecycle.postStart` of the container.",
        "Correct the command, or move what it does into the program or an init container.",
    ),
    "FailedPreStopHook": Entry(
        "The command that a container runs before it stops has failed.",
        "The command of its `preStop` hook.",
        "Correct the command. The Pod stops anyway.",
    ),
    "FailedResourceClaimCreation": Entry(
        "The ResourceClaim for a device of the Pod cannot be created, so the Pod is not scheduled.",
        "The message: it names the ResourceClaimTemplate.",
        "Create the template in the namespace of the Pod, or correct its name in the Pod template.",
    ),
    "FailedScheduling": Entry(
        "The scheduler has found no node for the Pod.",
        "The message: it says how many nodes were refused, and why.",
        "Add nodes, lower requests, or correct selectors, affinities and tolerations.",
    ),
    "FailedToUpdateEndpointSlices": Entry(
        "The controller cannot write the EndpointSlices of a Service.",
        "The message, and the log of kube-controller-manager.",
        "Correct what the message names, such as a node that does not exist any more.",
    ),
    "FileSystemResizeFailed": _RESIZE,
    "FileSystemResizePending": Entry(
        "The volume has grown, its file system has not: that happens on the node.",
        "Whether a Pod that uses the claim runs.",
        "Start or restart a Pod that uses the claim.",
    ),
    "Forbidden": Entry(
        "The API server refuses a request of a Pod, because its ServiceAccount lacks the right.",
        "The message: which right is missing, where, and the rule that would grant it.",
        "Grant that rule to the account, or correct the request of the program.",
    ),
    "ImagePullBackOff": Entry(
        "The node cannot pull an image.",
        "The registry's words in the message: not found, denied, or a network that does not answer.",
        "Correct the image's name or tag, use a valid pull secret, or fix the network to the registry.",
    ),
    "IngressClassNotFound": Entry(
        "An Ingress names a class that does not exist, so no controller serves it.",
        "`kubectl get ingressclass`, and what the Ingress names.",
        "Correct `ingressClassName`, or install the controller.",
    ),
    "InspectFailed": Entry(
        "The runtime cannot read an image that it has.",
        "The message, and the disk of the node.",
        "Remove the image from the node so that it is pulled again.",
    ),
    "Installing": Entry(
        "A custom resource is defined, and the API server does not serve it yet.",
        "Its conditions: `kubectl describe crd`. It takes some seconds.",
        (
            "Wait. If it does not change, its names or its schema conflict with another definition: the "
            "conditions say with which."
        ),
    ),
    "InsufficientPods": Entry(
        "A PodDisruptionBudget has fewer healthy Pods than it wants, so no node can be drained.",
        "The causes: why its Pods are not ready.",
        "Fix them, or lower `minAvailable`.",
    ),
    "InvalidImageName": Entry(
        "The name of an image cannot be read.",
        "The image in the message: a space, a capital letter, an empty tag of a template.",
        "Correct the name.",
    ),
    "InvalidSchedule": _SCHEDULE,
    "KEDAScalerFailed": Entry(
        "KEDA cannot ask the source of a trigger.",
        "The message, and the trigger's address and TriggerAuthentication.",
        "Make the source reachable, or correct address and login.",
    ),
    "KubeletNotReady": Entry(
        "The kubelet runs and says that its node is not ready.",
        "The message: often the network plugin or the container runtime.",
        "Fix what it names.",
    ),
    "LatestGenerationNotObserved": Entry(
        "The controller has not processed the newest specification yet.",
        "How long: if it does not change, the controller does not run or is far behind.",
        "Fix the controller: for built-in kinds that is kube-controller-manager.",
    ),
    "Lost": Entry(
        "The volume of a claim was deleted. This claim can no longer reach its data.",
        "Whether the volume still exists at the provider, and who deleted the PersistentVolume.",
        (
            "Restore the data from a backup to a new claim, or create a PersistentVolume for the volume "
            "that still exists."
        ),
    ),
    "MemoryPressure": _PRESSURE,
    "MinimumReplicasUnavailable": _DOWN,
    "Misscheduled": Entry(
        "Pods of a DaemonSet run on nodes where they should not.",
        "Labels and taints of those nodes: they changed after the Pods were created.",
        "Correct the labels, or delete those Pods.",
    ),
    "MissingEndpoints": _UNAVAILABLE,
    "MissSchedule": _SCHEDULE,
    "ModifyVolumeError": Entry(
        "The driver cannot give a volume the VolumeAttributesClass that its claim asks for.",
        "The message: it has the error of the driver.",
        "Name a class that the driver supports for this volume, or correct the class.",
    ),
    "NetworkNotReady": _SANDBOX,
    "NetworkUnavailable": Entry(
        "The network of a node is not set up.",
        "The network plugin's Pod on that node.",
        "Repair the plugin; without it Pods on the node get no address.",
    ),
    "NoAddress": Entry(
        "No load balancer has given an address yet.",
        "Whether a controller for it runs, and the Events of the object.",
        "Install or fix the controller. In a cluster without load balancers use another type of Service.",
    ),
    "NodeAffinity": Entry(
        "The node refused the Pod: its labels no longer fit.",
        "The labels of the node and the selectors of the Pod.",
        "Nothing, if its controller replaced it. Otherwise correct the labels.",
    ),
    "NodeResizeError": _RESIZE,
    "NodeStatusUnknown": _NODE_LOST,
    "NoReadyEndpoints": Entry(
        "A Service has Pods and none is ready: connections to it fail.",
        "The causes: why its Pods are not ready.",
        "Fix the cause.",
    ),
    "NoReplicasReady": _DOWN,
    "NotAvailable": _CUSTOM,
    "NotFound": Entry(
        "The object does not exist, and another object that needs it waits or fails.",
        "Who refers to it, whether it was deleted lately, and how its name is written.",
        "Create it, or correct the reference.",
    ),
    "NotProgressing": _CUSTOM,
    "NotReady": _CUSTOM,
    "NotReconciled": _CUSTOM,
    "NotStarted": Entry(
        "A Job has not started a Pod yet.",
        "Quota and admission: the Events of the Job say what refuses its Pods.",
        "Fix what refuses them; resume the Job if it is suspended.",
    ),
    "OOMKilled": Entry(
        "A container used more memory than its limit, and the kernel ended it.",
        "The limit in the message; how its memory use grew; recent changes.",
        "Raise the limit if the program needs it, otherwise find the leak.",
    ),
    "OutOfcpu": Entry(
        "The node had too little CPU left when the Pod came.",
        "What else runs there: static Pods are not counted by the scheduler in time.",
        "Nothing, where its controller made another one.",
    ),
    "OutOfmemory": Entry(
        "The node had too little memory left when the Pod came.",
        "What else runs there: static Pods are not counted by the scheduler in time.",
        "Nothing, where its controller made another one.",
    ),
    "PartiallyReady": _DOWN,
    "Pending": Entry(
        "It waits, and the reason is not known yet.",
        "Its Events and its causes.",
        "Wait a moment; then see what it needs.",
    ),
    "PIDPressure": _PRESSURE,
    "PodFailurePolicy": Entry(
        "A Job ended because a Pod failed in a way that its policy does not allow.",
        "The exit code, and `podFailurePolicy` of the Job.",
        "Fix the cause and run it again.",
    ),
    "PodInitializing": Entry(
        "An init container still runs, or a sidecar has not started: the containers wait for it.",
        "The message names it. What this container waits for: its log says it.",
        "Fix what it waits for, such as a database that does not answer.",
    ),
    "ProbeWarning": _PROBE,
    "ProgressDeadlineExceeded": Entry(
        "A rollout did not finish in time.",
        "The new Pods: they say why they do not become ready.",
        "Fix them, or `kubectl rollout undo`.",
    ),
    "ProvisioningFailed": _CLAIM,
    "QuotaUsedUp": Entry(
        "A ResourceQuota is used up.",
        "Which objects use it, and which are refused because of it.",
        "Raise the quota, or remove what is not needed.",
    ),
    "ReferenceNotFound": Entry(
        "It names something that does not exist.",
        "The message names it.",
        "Create it, or correct the reference.",
    ),
    "Released": Entry(
        "The claim of a volume was deleted, and the volume is kept with its data.",
        "Its reclaim policy: with Retain, a person must decide.",
        "Save what is needed, then delete the volume; or remove its `claimRef`, and it can be bound again.",
    ),
    "Resizing": Entry(
        "A volume is being expanded.",
        "The claim's conditions, and its Events if it takes long.",
        "Wait. Some file systems grow only when the Pod starts again.",
    ),
    "RunContainerError": Entry(
        "The runtime created a container but could not start it.",
        "The message: a command that is not in the image, a device or a directory that is missing.",
        "Correct the command or the mounts.",
    ),
    "SchedulingGated": Entry(
        "A scheduling gate stops the scheduler from placing the Pod.",
        "Who set the gate, and which controller should remove it.",
        "Fix that controller, or remove the gate.",
    ),
    "SecretNotFound": Entry(
        "A Secret that it names does not exist: for an Ingress, its certificate.",
        "The message names it; who should make it: cert-manager, External Secrets, a person.",
        "Create it, or fix who makes it.",
    ),
    "SelectorMatchesNothing": Entry(
        "A Service's selector matches no Pod, and no workload would create such Pods.",
        "The message names the nearest labels.",
        "Correct the selector or the labels.",
    ),
    "ServiceNotFound": _UNAVAILABLE,
    "SleepInfoDeleted": Entry(
        "kube-green put it to sleep, and the SleepInfo that should wake it was deleted.",
        "Who deleted the SleepInfo.",
        "Create the SleepInfo again, or scale the workload up by hand.",
    ),
    "Stalled": _CUSTOM,
    "StartError": Entry(
        "The container's process could not be started.",
        "The message: usually the command does not exist in the image.",
        "Correct `command` or the image.",
    ),
    "Suspended": Entry(
        "It is suspended: it does nothing until it is resumed.",
        "Who suspended it, and whether this is still intended.",
        "Nothing, or `suspend: false`.",
    ),
    "Sync": _LOAD_BALANCER,
    "SyncFailed": Entry(
        (
            "Argo CD: the last sync from git failed, so the cluster differs from git. "
            "A PodDisruptionBudget: its Pods cannot be counted, so no eviction is allowed."
        ),
        (
            "The message: it names the object that was refused, the hook that failed, "
            "or the owner of Pods that has no scale subresource."
        ),
        (
            "Correct the object in git, or the policy that refused it, and sync again. "
            "For a PodDisruptionBudget, set `minAvailable` to a number."
        ),
    ),
    "SyncLoadBalancerFailed": _LOAD_BALANCER,
    "TargetPortNotFound": Entry(
        "A Service names a target port that no container declares.",
        "The Service's `targetPort`, and the names of the containers' ports.",
        "Use the same name on both sides, or the number.",
    ),
    "Terminating": Entry(
        "It is being deleted, and something blocks the deletion.",
        "The finalizers in the message, and whether their controllers run.",
        (
            "Fix the controller that removes the finalizer. If you remove the finalizer by hand, what it "
            "protects stays behind."
        ),
    ),
    "TooManyMissedTimes": _SCHEDULE,
    "TooManyReplicas": Entry(
        "An autoscaler wants more replicas than its maximum.",
        "The load, and whether the maximum is still right.",
        "Raise `maxReplicas`, or reduce the load.",
    ),
    "Unhealthy": _PROBE,
    "UnknownTimeZone": _SCHEDULE,
    "UnparseableCronJobSchedule": _SCHEDULE,
    "UnparseableSchedule": _SCHEDULE,
    "Unschedulable": Entry(
        "The scheduler has found no node for the Pod.",
        "The message: how many nodes were refused for what (resources, taints, selectors, volumes).",
        "Add nodes, lower requests, or correct selectors, affinities and tolerations.",
    ),
    "VolumeFailedDelete": Entry(
        "The provisioner cannot delete a volume.",
        "The message: often the volume is still attached.",
        "Detach it, then delete it at the provider if necessary.",
    ),
    "VolumeMismatch": _CLAIM,
    "VolumeResizeFailed": _RESIZE,
    "WaitForFirstConsumer": Entry(
        (
            "A claim waits for the first Pod that uses it, so that its volume is created near that Pod. "
            "It is healthy."
        ),
        "Whether a Pod uses it and is scheduled.",
        "Nothing. If the Pod is not scheduled, fix that.",
    ),
    "Waiting": Entry(
        "It waits for something that its message names.",
        "The message.",
        "Fix what it waits for.",
    ),
    "WakeMissed": Entry(
        "A workload that sleeps by schedule should have been woken and still has no replicas.",
        "Whether kube-green runs, and its log at that time.",
        "Bring kube-green back; until then scale the workload up by hand.",
    ),
    "WebhookUnavailable": _UNAVAILABLE,
}
"""By reason, in the order of the alphabet, capitals and small letters alike."""


def help_of(reason: str) -> Entry | None:
    """Return what helps with a reason, None for one that is not known."""
    return REASONS.get(reason)
