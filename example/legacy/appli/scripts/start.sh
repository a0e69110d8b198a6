echo "start $component (instance $INSTANCE)"
