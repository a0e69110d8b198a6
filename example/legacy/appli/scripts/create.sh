echo "create $component (instance $INSTANCE)"
