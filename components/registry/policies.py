"""Lifecycle policies of repositories."""

import json

# Layers of a failed push, and images whose tag was deleted. None of a running service: those have tags.
UNTAGGED_DAYS = 7


def lifecycle_policy(kept_images: int) -> str:
    """Expire images without a tag after a week, and all but the newest.

    Args:
        kept_images: How many stay. Older ones can no longer be rolled back to.
    """
    untagged = {
        "rulePriority": 1,
        "description": f"Untagged images after {UNTAGGED_DAYS} days",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
    old = {
        # A rule about any image has to come last.
        "rulePriority": 2,
        "description": f"All but the newest {kept_images} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": kept_images},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [untagged, old]})
