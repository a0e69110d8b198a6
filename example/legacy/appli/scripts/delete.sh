echo "delete $component (instance $INSTANCE)"
